using System.Net;
using System.Text;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Dmarc;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Dsn;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Protocols.Proxy;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Protocols.Spf;
using OutreachRelay.Protocols.Tests.Dkim;
using OutreachRelay.Protocols.Tests.Dns;
using OutreachRelay.Protocols.Toml;
using OutreachRelay.Tests;

namespace OutreachRelay.Protocols.Tests.Fuzz;

/// <summary>A parser of what strangers write.</summary>
/// <param name="Samples">Well-formed inputs.</param>
/// <param name="Pieces">What means something to it.</param>
/// <param name="Run">Gives it an input, and checks what must hold of every result.</param>
internal sealed record FuzzTarget(string[] Samples, string[] Pieces, Action<byte[]> Run)
{
    /// <summary>How often it may read the input.</summary>
    public int Passes { get; init; } = 1;
}

/// <summary>All of them by name. Samples and pieces have one character per octet.</summary>
internal static class FuzzTargets
{
    private const string Spf = "v=spf1 +a:%{d2r.-}.example.com/24//64 ?mx ip4:192.0.2.0/24 ip6:2001:db8::/32 exists:%{i}._%{H}%%.example ptr:x.example ~include:%{o}.y.example exp=%{p}.w.example -all";
    private const string Dmarc = "v=DMARC1; p=quarantine; sp=reject; np=none; adkim=s; aspf=r; pct=50; rua=mailto:a@example.com!10m; fo=1:d; t=y; psd=u";

    private const string Mail =
        "Received: from a by b; Mon, 2 Mar 2026 09:00:00 +0000\r\nFrom: \"Doe, Jane\" <jane@example.com>, Team: a@b.example, c@d.example;\r\nTo: =?utf-8?q?J=C3=B6?= <joe@example.net>\r\n"
        + "Subject: =?utf-8?b?SGVsbG8=?=\r\n folded\r\nMessage-ID: <1@example.com>\r\nReferences: <a@b> <c@d>\r\nDate: Mon, 2 Mar 2026 09:00:00 +0000 (now)\r\n"
        + "Content-Type: multipart/mixed; boundary=\"b\"; charset*=utf-8''x\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@b\r\n"
        + "Action: failed\r\nStatus: 5.1.1\r\n--b--\r\n";

    private const string ProxySignature = "\r\n\r\n\0\r\nQUIT\n";

    private static readonly string[] MailPieces =
    [
        "\r\n", "\r", "\n", "\r\n ", "\r\n\t", "\0", ":", ";", ",", "<", ">", "(", ")", "\"", "\\", "@", "=", "?", "=?utf-8?q?", "?=", "=?utf-8?b?", "=00", "\u00C3\u00BC", "\u00FF", ".", "[", "]",
        "--b", "--b--", "From: ", "a@b.example", "xn--", "Content-Type: multipart/mixed; boundary=b\r\n\r\n", "Content-Transfer-Encoding: base64\r\n", "+0000", "99999999999",
    ];

    private static readonly string[] TagPieces =
        ["=", ";", ":", " ", "\t", "\r\n ", "/", "@", "p=", "b=", "bh=", "h=From", "h=", "l=99999999999999999999", "v=", "k=rsa", "t=y", "x=1", "\u00C3\u00BC", "=40", "%", "d=", "..", "\0", "AAAA", "mailto:", "!"];

    private static readonly Forgery Signature = new();
    private static readonly DnsQuery Query = DnsQuery.Create("example.com", DnsType.TXT, edns: true, new byte[257])!;

    public static IReadOnlyDictionary<string, FuzzTarget> All { get; } = new Dictionary<string, FuzzTarget>(StringComparer.Ordinal)
    {
        ["SPF record"] = new([Spf, "v=spf1 a -all"], ["%", "{", "}", ":", "/", "//", "=", ".", " ", "-", "%{s}", "%{255r+-}", "9999999999", "\0", "\u00FC", "v=spf1", "redirect=", "include:", "ip6:::", "exp=", "%{p}"], RunSpf)
        {
            // RFC 7208 §4.6.4: a record that includes itself is read for each of the ten look-ups.
            Passes = 11,
        },
        ["DMARC record"] = new([Dmarc, "v=DMARC1; p=none"], TagPieces, RunDmarc),
        ["DKIM signature"] = new([Signature.Field() + "\r\n" + Signature.Fields], [.. TagPieces, "DKIM-Signature: "], RunSignature),
        ["DKIM key record"] = new([TestKeys.Rsa.Record.Text, TestKeys.Ed25519.Record.Text], TagPieces, RunKeyRecord),
        ["DKIM private key"] = new([TestKeys.Rsa.ToPem(), TestKeys.Ed25519.ToPem()], ["-----BEGIN ", "-----END ", "PRIVATE KEY-----\n", "AAAA", "=", "\n", "RSA ", "MII", "\u00FC"], RunPrivateKey),
        ["DNS message"] = new([Reply()], ["\0", "\u00C0\u000C", "\u00C0\u00FF", "\u003F", "\u00FF\u00FF", "\0\u0010", "\0\u0001", "\u0003www"], RunDns),
        ["PROXY header"] = new(
            [
                "PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\n", "PROXY TCP6 2001:db8::1 2001:db8::2 56324 25\r\n",
                ProxySignature + "\u0021\u0011\0\u000C\u00C0\0\u0002\u0001\u00C6\u0033\u0064\u0001\u00DC\u0004\0\u0019",
            ],
            [ProxySignature, "PROXY ", "TCP4", "UNKNOWN", " ", "\r\n", "\0", "\u00FF\u00FF", "\u0021\u0011", "\u0020\0", "::", "255.255.255.255", "65536", "-1"], RunProxy),
        ["TOML document"] = new(
            ["title = \"a\\tb\" # comment\n[a.b]\nx.y = [1, 2.5e3, true, { k = 'v' }]\nwhen = 1979-05-27 07:32:00.5+01:00\n[[t]]\ns = \"\"\"\none \\\n two\"\"\"\n[[t]]\nhex = 0xff\n"],
            ["[", "]", "[[", "]]", "{", "}", "=", ".", ",", "\"", "\"\"\"", "'", "\\", "\\u", "\n", "\r\n", "#", "a", "inf", "0x", "1e", "-", ":", "\0", "\u00C3", "[a."], RunToml),
        ["header section"] = new([Mail], MailPieces, RunHeader),
        ["MIME parts"] = new([Mail], MailPieces, RunParts),
        ["address list"] = new(["\"Doe, Jane\" <jane@example.com>, Team: a@b.example, \"x y\"@[192.0.2.1];, (c) j\u00C3\u00B6@b\u00C3\u00BCcher.example"], MailPieces, RunAddresses),
        ["mailbox"] = new(["jane.doe+x@example.com", "\"a b\"@xn--bcher-kva.example", "j\u00C3\u00B6@b\u00C3\u00BCcher.example", "x@[IPv6:2001:db8::1]"], MailPieces, RunMailbox),
    };

    private static void RunSpf(byte[] input)
    {
        var record = Encoding.Latin1.GetString(input);
        if (!SpfRecord.TryParse(record, out _, out var error))
            Assert.InRange(error!.Length, 1, 200);
        var zone = new Zone().Add("example.com", DnsType.TXT, record).Add("y.example", DnsType.TXT, record);
        var request = new SpfRequest { Client = IPAddress.Parse("2001:db8::1"), Helo = "a.example", ReversePath = "a.b-c@example.com" };
        var outcome = Now(new SpfVerifier(new ZoneResolver(zone), new SpfOptions(), TimeProvider.System).CheckHostAsync(request));
        Assert.InRange(outcome.Lookups, 0, 11);
    }

    private static void RunDmarc(byte[] input)
    {
        var record = Encoding.Latin1.GetString(input);
        Assert.True(DmarcRecord.Parse(record) is null or { Percent: >= 0 and <= 100 });
        var dns = new ZoneResolver(new Zone().Add("_dmarc.mail.example.com", DnsType.TXT, record).Add("_dmarc.example.com", DnsType.TXT, record));
        _ = Now(new DmarcVerifier(dns, new DmarcOptions()).EvaluateAsync(new DmarcRequest { Authors = ["mail.example.com"], DkimPassed = ["example.com"] }));
        Assert.InRange(dns.Asked.Count, 1, 40);
    }

    private static void RunSignature(byte[] input)
    {
        if (!HeaderSection.TryRead(input, HeaderLimits.Default, out var header, out _))
            return;
        var dns = new ZoneResolver(TestKeys.Zone);
        using var verification = new DkimVerifier(dns, new DkimOptions(), new FakeTime()).Begin(header);
        verification.Append("Dear Joe,\r\n"u8);
        var outcome = Now(verification.CompleteAsync());
        Assert.InRange(outcome.Signatures.Count, 0, 8);
        Assert.InRange(dns.Asked.Count, 0, 8);
        Assert.All(outcome.Signatures, static each => Assert.DoesNotContain(each.Domain + each.Selector + each.Detail, static c => c is < ' ' or > '~'));
    }

    private static void RunKeyRecord(byte[] input)
    {
        if (DkimKeyRecord.TryParse(Encoding.Latin1.GetString(input), out var record, out var error))
            _ = record.Inspect();
        else
            Assert.InRange(error.Length, 1, 200);
    }

    private static void RunPrivateKey(byte[] input)
    {
        if (DkimPrivateKey.TryReadPem(Encoding.Latin1.GetString(input), out var key, out var error))
            key.Dispose();
        else
            Assert.InRange(error.Length, 1, 200);
    }

    private static void RunDns(byte[] input)
    {
        _ = Query.Match(input);
        var reading = DnsMessage.Read(input, Query);
        Assert.True(reading.Answer is not null || reading.Truncated || reading.RefusesEdns);
    }

    private static void RunProxy(byte[] input)
    {
        var status = ProxyHeaderReader.TryRead(input, out var header, out var length);
        Assert.Equal(status == ProxyHeaderStatus.Complete, header is not null);
        Assert.InRange(length, 0, input.Length);
    }

    private static void RunToml(byte[] input)
    {
        if (!TomlReader.TryRead(input, out _, out var error))
            Assert.True(error is { Line: > 0, Column: > 0, Message.Length: > 0 and < 1_000 });
    }

    private static void RunHeader(byte[] input)
    {
        if (!HeaderSection.TryRead(input, HeaderLimits.Default, out var header, out _))
            return;
        var length = 0;
        foreach (var field in header)
        {
            length += field.Raw.Length;
            _ = EncodedText.TryDecode(field.Value, out _);
            _ = MailDate.TryParse(field.GetText(), out _);
            _ = FieldTokens.First(field.Value);
            Assert.InRange(MessageIds.Parse(field.Value, 50).Length, 0, 50);
            Assert.DoesNotContain(DisplayName.Clean(field.GetText()), static c => char.IsControl(c));
        }
        Assert.Equal(header.Fields.Length, length);
    }

    private static void RunParts(byte[] input) => Assert.InRange(BounceReader.Read(input, new BounceOptions()).Recipients.Length, 0, new BounceOptions().MaxRecipients);

    private static void RunAddresses(byte[] input)
    {
        foreach (var mailbox in AddressList.Parse(input).Mailboxes())
            AssertStands(mailbox);
    }

    private static void RunMailbox(byte[] input)
    {
        if (Mailbox.TryParse(Encoding.UTF8.GetString(input), out var mailbox, out var error))
            AssertStands(mailbox);
        else
            Assert.InRange(error.Length, 1, 200);
    }

    // What is written into an envelope or a field is read there as the same.
    private static void AssertStands(Mailbox mailbox)
    {
        Assert.True(Mailbox.TryParse(mailbox.ToString(), out var again, out var error), error);
        Assert.Equal(mailbox.Key, again.Key);
    }

    private static string Reply() => Encoding.Latin1.GetString(ZoneMessage.Write(
        ServedQuery.Read(Query.Octets.ToArray()),
        new ZoneAnswer(0, [new("example.com", DnsType.CNAME, "a.example"), new("a.example", DnsType.TXT, "one", "two"), new("x.example", DnsType.MX, "1", "y")]),
        negative: (1, 2)));

    // DNS is a table in memory, so nothing ever waits.
    private static T Now<T>(Task<T> task)
    {
        Assert.True(task.IsCompleted, "it waits for something");
        return task.GetAwaiter().GetResult();
    }

    private static T Now<T>(ValueTask<T> task) => Now(task.AsTask());
}
