"""Composes a realistic mail, keeps what it composed in a file, and submits it with smtplib.

Usage: submit.py PORT RECIPIENT TEST_ID KEEP_FILE [USER PASSWORD [starttls|implicit ROOT_FILE]]
"""
import smtplib
import ssl
import sys
from email.message import EmailMessage
from email.policy import SMTP

port, recipient, test_id, keep_file, *options = sys.argv[1:]
login, tls = options[:2], options[2:]

mail = EmailMessage(policy=SMTP)
mail["From"] = "Chris Gründer <chris@crm.example>"
mail["To"] = f'"Prospect, The" <{recipient}>'
mail["Subject"] = "Ein Gespräch über Kühlketten, diese oder nächste Woche? Es dauert nicht länger als zwanzig Minuten"
mail["X-Test-Id"] = test_id
mail.set_content("Guten Tag,\n\n.ein Punkt am Anfang bleibt ein Punkt.\n\nGrüße\nChris\n")
mail.add_alternative("<p>Guten Tag,</p><p>ein <b>Gespräch</b>?</p>", subtype="html")
mail.add_attachment(bytes(range(256)) * 8, maintype="application", subtype="pdf", filename="Übersicht.pdf")

content = mail.as_bytes()
with open(keep_file, "wb") as file:
    file.write(content)

if tls and tls[0] == "implicit":
    server = smtplib.SMTP_SSL("127.0.0.1", int(port), timeout=20, context=ssl.create_default_context(cafile=tls[1]))
else:
    server = smtplib.SMTP("127.0.0.1", int(port), timeout=20)
with server:
    if tls and tls[0] == "starttls":
        server.starttls(context=ssl.create_default_context(cafile=tls[1]))
    if login:
        server.login(*login)
    server.sendmail("chris@crm.example", [recipient], content)
