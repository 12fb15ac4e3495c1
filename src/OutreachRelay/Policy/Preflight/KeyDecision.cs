using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Policy.Preflight;

/// <summary>Decides whether signatures with a published key can verify. Pure.</summary>
internal static class KeyDecision
{
    /// <summary>A key of the upstream's, which has the other half.</summary>
    public static PreflightCheck DecideUpstreams(PreflightSubject subject, KeyFacts facts)
    {
        var check = Judge(facts, PreflightKind.Dkim, out _);
        return check.Standing != PreflightStanding.Bad ? check : check with
        {
            Remedy = $"publish at {facts.Name} what {subject.Upstream} shows for selector {facts.Selector}; if it signs with another by now, name that one in [[domain]].selectors",
        };
    }

    /// <summary>A key with which we sign: it has to be the one published.</summary>
    public static PreflightCheck DecideOwn(OwnKeyModel own, KeyFacts facts)
    {
        var check = Judge(facts, PreflightKind.OwnKey, out var published);
        if (check.Standing == PreflightStanding.Good && !published!.HasSameKey(own.Record))
            check = check with { Result = "fail", Standing = PreflightStanding.Bad, Reason = $"the key at {facts.Name} is not the one that we sign with" };
        if (check.Standing == PreflightStanding.Bad)
            check = check with { Remedy = $"publish our key at {facts.Name}", Record = new RecordToPublish(facts.Name, "TXT", own.Record.Text) };
        return check;
    }

    private static PreflightCheck Judge(KeyFacts facts, PreflightKind kind, out DkimKeyRecord? key)
    {
        key = null;
        var bad = new PreflightCheck(kind, facts.Name, "permerror", PreflightStanding.Bad, "");
        if (facts.Answer.Status == DnsStatus.TemporaryError)
            return bad with { Result = "temperror", Standing = PreflightStanding.Temporary, Reason = $"DNS does not tell now: {facts.Answer.Detail}" };
        if (facts.Answer.IsVoid)
            return bad with { Reason = facts.Alias.Length > 0 ? $"{facts.Name} is an alias of {facts.Alias}, where there is no key" : $"there is no key at {facts.Name}" };
        var error = "";
        // RFC 6376 §3.6.2.2: what several records mean is not defined. The first that is a key counts, as it does for our verifier.
        foreach (var record in facts.Answer.Records)
        {
            if (DkimKeyRecord.TryParse(record.Text, out key, out var found))
                return OfKey(bad, key);
            error = error.Length > 0 ? error : found;
        }
        return bad with { Reason = $"{facts.Name}: {error}" };
    }

    private static PreflightCheck OfKey(PreflightCheck bad, DkimKeyRecord key)
    {
        var (size, fault) = key.Inspect();
        if (fault is not null)
            return bad with { Result = size > 0 ? "policy" : "permerror", Reason = $"{bad.Subject}: {fault}" };
        var good = bad with { Result = "pass", Standing = PreflightStanding.Good, Reason = $"{key.KeyType} key of {size} bits" };
        if (key.KeyType == "rsa" && size < DkimPrivateKey.AdvisedRsaSize)
            return good with { Reason = good.Reason + $", where {DkimPrivateKey.AdvisedRsaSize} are advised (RFC 8301 §3.2)", Remedy = "replace the key by a longer one" };
        return key.IsTesting
            ? good with { Reason = good.Reason + ", in testing (t=y): receivers may take no notice of it", Remedy = "take t=y out of the record when the test is over" }
            : good;
    }
}
