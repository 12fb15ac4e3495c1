using OutreachRelay.Protocols.Spf;

namespace OutreachRelay.Policy.Preflight;

/// <summary>Decides what SPF does for mail of a domain that leaves by an upstream. Pure.</summary>
internal static class SpfDecision
{
    private const int MostLookups = 10;

    public static PreflightCheck Decide(PreflightFacts facts)
    {
        var subject = facts.Subject;
        if (facts.Spf is not { } spf)
        {
            return new PreflightCheck(PreflightKind.Spf, subject.Domain, "none", PreflightStanding.Bad,
                $"{subject.Upstream} puts an envelope domain of its own in place of ours: what SPF says of that is not aligned with {subject.Domain}");
        }
        var check = Warn(Judge(subject, spf), spf.Survey);
        return check.Standing == PreflightStanding.Good ? Align(check, facts) : check;
    }

    // In the order of what is certain: what receivers would find, what is wrong with the record, and what stands in it.
    private static PreflightCheck Judge(PreflightSubject subject, SpfFacts spf)
    {
        var (survey, outcomes) = (spf.Survey, spf.Outcomes);
        var check = new PreflightCheck(PreflightKind.Spf, survey.Domain, "pass", PreflightStanding.Good, $"the addresses of {subject.Upstream} pass at {survey.Domain}");
        if (outcomes.Length > 0 && outcomes.All(static each => each.Outcome.Result == SpfResult.Pass))
            return check;
        if (survey.Fault is { } fault)
            return OfFault(check, subject, survey, fault);
        if (outcomes.FirstOrDefault(static each => each.Outcome.Result == SpfResult.TempError).Outcome is { } temporary)
            return check with { Result = "temperror", Standing = PreflightStanding.Temporary, Reason = $"DNS does not tell now: {temporary.Detail}" };
        if (outcomes.Length > 0)
            return OfOutcomes(check, subject, spf);
        return survey.IsOpen ? check : OfRecord(check, subject, spf);
    }

    private static PreflightCheck OfFault(PreflightCheck check, PreflightSubject subject, SpfSurvey survey, SpfResult fault) => fault switch
    {
        SpfResult.TempError => check with { Result = "temperror", Standing = PreflightStanding.Temporary, Reason = $"DNS does not tell now: {survey.Detail}" },
        SpfResult.None => Remedied(check with { Result = "none", Standing = PreflightStanding.Bad, Reason = $"{survey.Domain} has no SPF record" }, subject, survey),
        _ => check with
        {
            Result = "permerror",
            Standing = PreflightStanding.Bad,
            Reason = survey.Detail,
            Remedy = survey.Records.Count > 1
                ? $"make one SPF record of the {survey.Records.Count} of {survey.Domain}: several are as bad as none"
                : $"correct the SPF record of {survey.Domain}, or of what it includes: with an error anywhere all of it is void",
            Record = survey.Records.Count > 1 ? SpfRecordText.Merge(survey, SpfRecordText.Terms(subject)) : null,
        },
    };

    private static PreflightCheck OfOutcomes(PreflightCheck check, PreflightSubject subject, SpfFacts spf)
    {
        var (address, outcome) = spf.Outcomes.First(static each => each.Outcome.Result != SpfResult.Pass);
        var isPart = spf.Outcomes.Any(static each => each.Outcome.Result == SpfResult.Pass);
        var found = check with
        {
            Result = outcome.Result.ToWord(),
            Standing = isPart ? PreflightStanding.Unknown : PreflightStanding.Bad,
            Reason = $"{address}, from which {subject.Upstream} sends, gets {outcome.Result.ToWord()} at {spf.Survey.Domain}"
                + (outcome.Detail.Length > 0 ? $" ({outcome.Detail})" : isPart ? ", though others of its addresses pass" : ""),
        };
        return outcome.Result == SpfResult.PermError || spf.Survey.Lookups > MostLookups ? TooMany(found, spf.Survey) : Remedied(found, subject, spf.Survey);
    }

    // Where the upstream's addresses are not known, all that can be said is whether the record includes them by name.
    private static PreflightCheck OfRecord(PreflightCheck check, PreflightSubject subject, SpfFacts spf)
    {
        if (subject.SpfInclude is not { } include)
        {
            return check with
            {
                Result = "neutral",
                Standing = PreflightStanding.Unknown,
                Reason = $"it is not known from which addresses {subject.Upstream} sends",
                Remedy = $"name them in upstream.sending_addresses of {subject.Upstream}",
            };
        }
        if (spf.Survey.Includes.Contains(include))
        {
            return spf.Survey.Lookups > MostLookups
                ? TooMany(check with { Result = "permerror", Standing = PreflightStanding.Bad, Reason = $"too many DNS lookups at {spf.Survey.Domain}" }, spf.Survey)
                : check with { Reason = $"{spf.Survey.Domain} includes {include}" };
        }
        var isTemporary = spf.Provider?.Fault == SpfResult.TempError;
        return Remedied(check with
        {
            Result = isTemporary ? "temperror" : "neutral",
            Standing = isTemporary ? PreflightStanding.Temporary : PreflightStanding.Unknown,
            Reason = $"{spf.Survey.Domain} does not include {include}, and the networks of {include} are not known" + (isTemporary ? " now: " + spf.Provider!.Detail : ""),
        }, subject, spf.Survey);
    }

    private static PreflightCheck TooMany(PreflightCheck check, SpfSurvey survey) => check with
    {
        Remedy = $"reach the upstream within ten DNS lookups: the record of {survey.Domain} asks for {survey.Lookups} (RFC 7208 §4.6.4); take out what is not in use, or put ip4 and ip6 in place of includes",
    };

    private static PreflightCheck Remedied(PreflightCheck check, PreflightSubject subject, SpfSurvey survey)
    {
        var terms = SpfRecordText.Terms(subject);
        return terms.Length == 0
            ? check with { Remedy = $"publish an SPF record at {survey.Domain} with the addresses of {subject.Upstream}, and name them in its upstream.sending_addresses" }
            : check with
            {
                Remedy = survey.Records.Count == 0
                    ? $"publish an SPF record with {terms} at {survey.Domain}"
                    : $"add {terms} to the SPF record of {survey.Domain}, before its all",
                Record = SpfRecordText.With(survey, terms),
            };
    }

    // Not a fault of this mail, but of the record: others' mail, or the next term, will meet it.
    private static PreflightCheck Warn(PreflightCheck check, SpfSurvey survey)
    {
        if (check.Standing != PreflightStanding.Good)
            return check;
        if (survey.Lookups > MostLookups)
            return TooMany(check with { Reason = check.Reason + $"; but the record asks for {survey.Lookups} DNS lookups, and ten are allowed" }, survey);
        if (survey.IsOpen)
            return check with { Reason = check.Reason + "; but so does everybody's (+all)", Remedy = $"end the SPF record of {survey.Domain} with ~all or -all" };
        return survey.Fault == SpfResult.PermError
            ? check with { Reason = check.Reason + "; but there is an error in what follows: " + survey.Detail, Remedy = $"correct the SPF record of {survey.Domain}" }
            : check;
    }

    private static PreflightCheck Align(PreflightCheck check, PreflightFacts facts) => facts.IsSpfAligned switch
    {
        true => check,
        null => check with { Standing = PreflightStanding.Temporary, Reason = check.Reason + $"; whether that is aligned with {facts.Subject.Domain}, DNS does not tell now" },
        _ => check with
        {
            Standing = PreflightStanding.Bad,
            Reason = check.Reason + $", which is not aligned with {facts.Subject.Domain}" + (facts.Dmarc.Spf.IsStrict ? " (its DMARC policy says aspf=s)" : ""),
            Remedy = facts.Dmarc.Spf.IsStrict
                ? $"set aspf=r in the DMARC record, or use {facts.Subject.Domain} itself as return_path"
                : $"use a return_path below {facts.Subject.Domain}",
        },
    };
}
