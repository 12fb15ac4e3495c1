// Composes a realistic mail with Nodemailer, keeps what it composed in a file, and submits it.
// Usage: node submit.js PORT RECIPIENT TEST_ID KEEP_FILE [USER PASSWORD [starttls|implicit ROOT_FILE]]
'use strict';
const fs = require('node:fs');
const nodemailer = require('nodemailer');
const MailComposer = require('nodemailer/lib/mail-composer');

const [port, recipient, testId, keepFile, user, pass, tls, rootFile] = process.argv.slice(2);

async function main() {
  const composed = await new MailComposer({
    from: { name: 'Chris Gründer', address: 'chris@crm.example' },
    to: recipient,
    subject: 'Ihre Anfrage: ein Gespräch über Kühlketten, diese oder nächste Woche?',
    headers: { 'X-Test-Id': testId },
    text: 'Guten Tag,\n\n.ein Punkt am Anfang bleibt ein Punkt.\n\nGrüße\nChris\n',
    html: '<p>Guten Tag,</p><p>ein <b>Gespräch</b>?</p><p>Grüße<br>Chris</p>',
    newline: 'windows',
    attachments: [{ filename: 'Übersicht.pdf', content: Buffer.alloc(3000, 0xa7) }],
  }).compile().build();
  fs.writeFileSync(keepFile, composed);

  const transport = nodemailer.createTransport({
    host: '127.0.0.1',
    port: Number(port),
    secure: tls === 'implicit',
    ignoreTLS: !tls,
    requireTLS: tls === 'starttls',
    tls: tls ? { ca: fs.readFileSync(rootFile) } : undefined,
    auth: user ? { user, pass } : undefined,
  });
  await transport.sendMail({ envelope: { from: 'chris@crm.example', to: recipient }, raw: composed });
  transport.close();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
