using System.Collections.Immutable;
using OutreachRelay.Protocols.Dmarc;
using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Policy.Preflight;

/// <summary>Makes a verdict of what DNS said. Pure.</summary>
public static class PreflightDecision
{
    /// <param name="last">What was known before; <see langword="null"/> when nothing was.</param>
    public static PreflightReport Decide(PreflightFacts facts, PreflightReport? last, DateTimeOffset now)
    {
        // What was found on other terms says nothing of a single check.
        var kept = last?.Terms == facts.Subject.Terms ? last : null;
        var checks = Look(facts).Select(check => Keep(check, kept)).ToImmutableArray();
        // What DNS does not tell now changes nothing.
        var verdict = Judge(checks) ?? last?.Verdict ?? PreflightVerdict.Unknown;
        checks = [.. checks.Select(check => check.Kind == PreflightKind.Dmarc ? Conclude(check, facts, Authentication(checks)) : check)];
        return new PreflightReport
        {
            Domain = facts.Subject.Domain,
            Upstream = facts.Subject.Upstream,
            Verdict = verdict,
            Since = last?.Verdict == verdict ? last.Since : now,
            CheckedAt = now,
            Reason = verdict == PreflightVerdict.Pass ? "" : Reason(checks, verdict),
            Checks = checks,
            Terms = facts.Subject.Terms,
        };
    }

    private static IEnumerable<PreflightCheck> Look(PreflightFacts facts)
    {
        yield return SpfDecision.Decide(facts);
        foreach (var key in facts.Keys)
            yield return KeyDecision.DecideUpstreams(facts.Subject, key);
        if (facts.Keys.IsEmpty)
        {
            yield return new PreflightCheck(PreflightKind.Dkim, facts.Subject.Domain, "none", PreflightStanding.Unknown,
                $"it is not known with which selectors {facts.Subject.Upstream} signs")
            {
                Remedy = $"name them in [[domain]].selectors of {facts.Subject.Domain}",
            };
        }
        foreach (var (own, key) in facts.Subject.OwnKeys.Zip(facts.OwnKeys))
            yield return KeyDecision.DecideOwn(own, key);
        yield return OfPolicy(facts);
        yield return OfExchangers(facts);
        foreach (var list in facts.Lists)
            yield return Blocklist.Decide(list);
    }

    // Of a check that DNS keeps back, what was found the last time.
    private static PreflightCheck Keep(PreflightCheck check, PreflightReport? kept)
    {
        if (check.Standing != PreflightStanding.Temporary)
            return check;
        var before = kept?.Checks.FirstOrDefault(other => other.Kind == check.Kind && other.Subject == check.Subject && other.Standing != PreflightStanding.Temporary);
        return before is null ? check : before with { Doubt = check.Reason };
    }

    /// <returns><see langword="null"/> when DNS does not tell enough now.</returns>
    private static PreflightVerdict? Judge(ImmutableArray<PreflightCheck> checks)
    {
        var authentication = Authentication(checks);
        if (authentication == PreflightStanding.Bad || checks.Any(IsObstacle))
            return PreflightVerdict.Fail;
        if (authentication == PreflightStanding.Temporary || checks.Any(static check => check is { Kind: PreflightKind.Mx, Standing: PreflightStanding.Temporary }))
            return null;
        return authentication == PreflightStanding.Good ? PreflightVerdict.Pass : PreflightVerdict.Unknown;
    }

    // One good mechanism is enough (RFC 9989 §4.1); a bad one is no harm beside it.
    private static PreflightStanding Authentication(ImmutableArray<PreflightCheck> checks)
    {
        PreflightStanding[] mechanisms =
        [
            Mechanism(checks, PreflightKind.Spf), Mechanism(checks, PreflightKind.Dkim), Mechanism(checks, PreflightKind.OwnKey),
        ];
        foreach (var standing in (ReadOnlySpan<PreflightStanding>)[PreflightStanding.Good, PreflightStanding.Temporary, PreflightStanding.Unknown])
        {
            if (mechanisms.Contains(standing))
                return standing;
        }
        return PreflightStanding.Bad;
    }

    // A provider signs with whichever of its selectors it likes: so all have to be good, and all bad to be of no use.
    private static PreflightStanding Mechanism(ImmutableArray<PreflightCheck> checks, PreflightKind kind)
    {
        var standings = checks.Where(check => check.Kind == kind && check.Standing != PreflightStanding.Note).Select(static check => check.Standing).Distinct().ToList();
        return standings switch
        {
            [] => PreflightStanding.Bad,
            [var one] => one,
            _ => standings.Contains(PreflightStanding.Temporary) ? PreflightStanding.Temporary : PreflightStanding.Unknown,
        };
    }

    private static bool IsObstacle(PreflightCheck check) => check is { Kind: PreflightKind.Mx or PreflightKind.Blocklist, Standing: PreflightStanding.Bad };

    private static string Reason(ImmutableArray<PreflightCheck> checks, PreflightVerdict verdict)
    {
        var failing = Authentication(checks) == PreflightStanding.Bad;
        var told = verdict == PreflightVerdict.Fail
            ? checks.Where(check => IsObstacle(check) || (failing && check.Standing == PreflightStanding.Bad))
            : checks.Where(static check => check.Kind != PreflightKind.Blocklist && check.Standing is PreflightStanding.Unknown or PreflightStanding.Temporary or PreflightStanding.Bad);
        return string.Join("; ", told.Select(static check => check.Reason));
    }

    private static PreflightCheck OfPolicy(PreflightFacts facts)
    {
        var (domain, found) = (facts.Subject.Domain, facts.Dmarc);
        var check = new PreflightCheck(PreflightKind.Dmarc, "_dmarc." + domain, "none", PreflightStanding.Note, found.Detail);
        if (found.Result == DmarcResult.TempError && found.Record is null)
            return check with { Result = "temperror", Standing = PreflightStanding.Temporary, Reason = $"DNS does not tell now: {found.Detail}" };
        if (found.Record is { } record)
        {
            return check with
            {
                Reason = $"p={(found.Policy ?? DmarcPolicy.None).ToWord()} for {domain}, published at {found.Domain}; "
                    + $"SPF {(record.IsSpfStrict ? "strict" : "relaxed")}, DKIM {(record.IsDkimStrict ? "strict" : "relaxed")}",
            };
        }
        return check with
        {
            Remedy = $"publish one DMARC record at _dmarc.{domain}: large receivers want one of whoever sends in bulk",
            Record = new RecordToPublish("_dmarc." + domain, "TXT", "v=DMARC1; p=none"),
        };
    }

    // RFC 8601 §2.7: the result of DMARC follows from the others, where there is a policy.
    private static PreflightCheck Conclude(PreflightCheck check, PreflightFacts facts, PreflightStanding authentication) =>
        facts.Dmarc.Record is null ? check : authentication switch
        {
            PreflightStanding.Good => check with { Result = "pass" },
            PreflightStanding.Bad => check with { Result = "fail" },
            PreflightStanding.Temporary => check with { Result = "temperror" },
            _ => check,
        };

    private static PreflightCheck OfExchangers(PreflightFacts facts)
    {
        var (domain, answer) = (facts.Subject.Domain, facts.Mx);
        var check = new PreflightCheck(PreflightKind.Mx, domain, "pass", PreflightStanding.Good, $"{domain} takes replies");
        if (answer.Records is [{ Target.Length: 0 }])
        {
            return check with
            {
                Result = "fail",
                Standing = PreflightStanding.Bad,
                Reason = $"{domain} says that it takes no mail (null MX, RFC 7505): replies cannot arrive, and receivers refuse its mail",
                Remedy = $"publish an MX record of {domain} that names the host that takes its replies",
            };
        }
        if (answer.Status == DnsStatus.Records)
            return check;
        if (answer.Status == DnsStatus.TemporaryError || facts.Addresses?.Status == DnsStatus.TemporaryError)
        {
            var detail = answer.Status == DnsStatus.TemporaryError ? answer.Detail : facts.Addresses!.Detail;
            return check with { Result = "temperror", Standing = PreflightStanding.Temporary, Reason = $"DNS does not tell now who takes mail of {domain}: {detail}" };
        }
        return facts.Addresses?.Status == DnsStatus.Records
            ? check with { Reason = $"{domain} has no MX record; its address stands in for one (RFC 5321 §5.1)" }
            : check with
            {
                Result = "fail",
                Standing = PreflightStanding.Bad,
                Reason = $"{domain} has neither MX nor address records: replies cannot arrive",
                Remedy = $"publish an MX record of {domain} that names the host that takes its replies",
            };
    }
}
