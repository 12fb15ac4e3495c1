using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Mime;

/// <summary>Reads an address list from left to right. It never goes back further than the phrase it just passed, so time is linear.</summary>
internal ref struct AddressParser(ReadOnlySpan<byte> value, int maxAddresses)
{
    private static readonly SearchValues<byte> WordEnds = SearchValues.Create(" \t\r\n\"(<>:;@,[]\\)="u8);
    private static readonly SearchValues<byte> Specials = SearchValues.Create(" \t\r\n\"(<>:;@,[]\\)"u8);
    private static readonly SearchValues<byte> Resume = SearchValues.Create("\"(,;"u8);

    private readonly ReadOnlySpan<byte> _text = value;
    private readonly ImmutableArray<Address>.Builder _addresses = ImmutableArray.CreateBuilder<Address>(1);
    private ImmutableArray<Address>.Builder? _members;
    private string _groupName = "";
    private int _left = maxAddresses;
    private int _at;
    private AddressError _error;

    public AddressList Parse()
    {
        while (true)
        {
            SkipCfws();
            if (_at == _text.Length)
                break;
            if (_left == 0)
            {
                Fail(AddressFault.TooMany);
                break;
            }
            if (_text[_at] == ',') // RFC 5322 §4.4: empty elements are obsolete
                _at++;
            else if (_text[_at] == ';')
                CloseGroup();
            else
                ReadElement();
        }
        if (_members is not null)
        {
            Fail(AddressFault.BadGroup);
            EndGroup();
        }
        return new AddressList(_addresses.DrainToImmutable(), _error);
    }

    private void ReadElement()
    {
        _left--;
        var start = _at;
        SkipPhrase();
        var end = _at;
        switch (_at < _text.Length ? _text[_at] : (byte)',')
        {
            case (byte)'<':
                ReadAngle(start, end);
                break;
            case (byte)'@':
                ReadBare(start);
                break;
            case (byte)':' when _members is null && start < end:
                _at++;
                _groupName = ReadPhrase(start, end);
                _members = ImmutableArray.CreateBuilder<Address>();
                return;
            case (byte)':':
                Recover(AddressFault.BadGroup);
                return;
            case (byte)',' or (byte)';':
                Recover(AddressFault.NoAddress);
                return;
            default:
                Recover(AddressFault.StrayCharacter);
                return;
        }
    }

    // name <local-part@domain>, with the obsolete route before the address (RFC 5322 §4.4).
    private void ReadAngle(int nameStart, int nameEnd)
    {
        _at++;
        SkipCfws();
        if (!SkipRoute() || !TryReadAddress(out var mailbox) || !TryTake((byte)'>'))
        {
            Recover(AddressFault.BadAddress);
            return;
        }
        Add(ReadPhrase(nameStart, nameEnd), mailbox);
        ExpectEnd();
    }

    // local-part@domain; where an angle follows, it was a display name that nobody quoted.
    private void ReadBare(int start)
    {
        _at = start;
        if (!TryReadAddress(out var mailbox))
        {
            Recover(AddressFault.BadAddress);
            return;
        }
        SkipCfws();
        if (_at < _text.Length && _text[_at] == '<')
        {
            Fail(AddressFault.StrayCharacter);
            ReadAngle(start, _at);
            return;
        }
        Add("", mailbox);
        ExpectEnd();
    }

    private bool SkipRoute()
    {
        var isRoute = false;
        while (_at < _text.Length && _text[_at] is (byte)'@' or (byte)',')
        {
            isRoute = true;
            if (_text[_at++] == '@' && ReadDotted(allowQuoted: false) is null)
                return false;
            SkipCfws();
        }
        return !isRoute || TryTake((byte)':');
    }

    private bool TryReadAddress(out Mailbox? mailbox)
    {
        mailbox = null;
        if (ReadDotted(allowQuoted: true) is not { } localPart || !TryTake((byte)'@') || ReadDotted(allowQuoted: false) is not { } domain)
            return false;
        // RFC 5321 §4.5.3.1: beyond these lengths there is no mailbox, and no reason to look closer.
        if (localPart.Length <= 64 && domain.Length <= 255)
            mailbox = Mailbox.Create(localPart, domain, out _);
        SkipCfws();
        return true;
    }

    // Words joined by dots, with comments and white space around the dots (RFC 5322 §4.4), or a domain literal.
    private string? ReadDotted(bool allowQuoted)
    {
        StringBuilder? joined = null;
        var text = "";
        while (true)
        {
            SkipCfws();
            var word = allowQuoted ? ReadWord() : ReadDomainWord();
            if (word is null)
                return null;
            if (joined is null && text.Length == 0)
                text = word;
            else
                joined = (joined ?? new StringBuilder(text)).Append(word);
            SkipCfws();
            if (!DotFollows(afterDot: word.EndsWith('.')))
                return joined?.ToString() ?? text;
        }
    }

    private readonly bool DotFollows(bool afterDot) =>
        _at < _text.Length && (_text[_at] == '.' || (afterDot && (_text[_at] == '"' || !Specials.Contains(_text[_at]))));

    private string? ReadWord()
    {
        if (_at == _text.Length || _text[_at] != '"')
            return ReadAtoms();
        var start = _at;
        if (!Cfws.SkipQuoted(_text, ref _at))
            Fail(AddressFault.OpenQuote);
        return Encoding.UTF8.GetString(Phrase.Unquote(_text[start.._at]));
    }

    private string? ReadDomainWord()
    {
        if (_at == _text.Length || _text[_at] != '[')
            return ReadAtoms();
        var length = _text[_at..].IndexOfAny((byte)']', (byte)'>', (byte)',') + 1;
        if (length == 0 || _text[_at + length - 1] != ']')
            return null;
        _at += length;
        return Encoding.UTF8.GetString(_text.Slice(_at - length, length));
    }

    // Atoms with the dots between them.
    private string? ReadAtoms()
    {
        var length = _text[_at..].IndexOfAny(Specials);
        length = length < 0 ? _text.Length - _at : length;
        _at += length;
        return length == 0 ? null : Encoding.UTF8.GetString(_text.Slice(_at - length, length));
    }

    private void SkipPhrase()
    {
        while (_at < _text.Length)
        {
            SkipCfws();
            if (_at == _text.Length)
                return;
            if (_text[_at] == '"')
            {
                if (!Cfws.SkipQuoted(_text, ref _at))
                    Fail(AddressFault.OpenQuote);
            }
            else if (_text[_at] == '=')
                _at += EncodedWord.TryRead(_text[_at..], out var word) ? word.Length : 1;
            else if (_text[_at..].IndexOfAny(WordEnds) is var length && length != 0)
                _at = length < 0 ? _text.Length : _at + length;
            else
                return;
        }
    }

    private string ReadPhrase(int start, int end)
    {
        var valid = Phrase.TryDecode(_text[start..end], out var name);
        if (!valid && _error.Fault == AddressFault.None)
            _error = new AddressError(AddressFault.UnknownCharset, start);
        return name;
    }

    private readonly void Add(string name, Mailbox? mailbox) => (_members ?? _addresses).Add(new Address(name, mailbox, IsGroup: false, []));

    private void CloseGroup()
    {
        if (_members is null)
            Fail(AddressFault.StrayCharacter);
        else
            EndGroup();
        _at++;
    }

    private void EndGroup()
    {
        _addresses.Add(new Address(_groupName, Mailbox: null, IsGroup: true, _members!.DrainToImmutable()));
        _members = null;
    }

    private void ExpectEnd()
    {
        SkipCfws();
        if (_at < _text.Length && _text[_at] is not ((byte)',' or (byte)';'))
            Recover(AddressFault.StrayCharacter);
    }

    // After a fault, reading goes on behind the next comma or semicolon that is in no quotes and no comment.
    private void Recover(AddressFault fault)
    {
        Fail(fault);
        while (_at < _text.Length)
        {
            var next = _text[_at..].IndexOfAny(Resume);
            _at = next < 0 ? _text.Length : _at + next;
            if (_at == _text.Length || _text[_at] is (byte)',' or (byte)';')
                return;
            _ = _text[_at] == '"' ? Cfws.SkipQuoted(_text, ref _at) : Cfws.SkipComment(_text, ref _at);
        }
    }

    private bool TryTake(byte octet)
    {
        SkipCfws();
        if (_at == _text.Length || _text[_at] != octet)
            return false;
        _at++;
        return true;
    }

    private void SkipCfws()
    {
        if (!Cfws.Skip(_text, ref _at))
            Fail(AddressFault.BadComment);
    }

    private void Fail(AddressFault fault)
    {
        if (_error.Fault == AddressFault.None)
            _error = new AddressError(fault, _at);
    }
}
