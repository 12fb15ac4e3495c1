using System.Net;
using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Protocols.Spf;

/// <summary>Reads a policy as a whole (RFC 7208), to find out what is wrong with it before somebody's mail does.</summary>
public sealed class SpfSurveyor(IDnsResolver dns, SpfOptions options, TimeProvider time)
{
    /// <summary>Goes on a while beyond the limit, so that it can be told by how much it is exceeded.</summary>
    private const int MostLookups = 40;

    private const int MostNetworks = 256;

    /// <summary>Reads the record of a domain and all that it leads to. Every failure of DNS or of the records is part of the answer.</summary>
    /// <param name="domain">In A-labels.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public async Task<SpfSurvey> SurveyAsync(string domain, CancellationToken cancel = default)
    {
        using var deadline = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        var walk = new Walk(dns, either.Token);
        try
        {
            await walk.VisitAsync(domain.ToLowerInvariant(), passes: true);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            walk.Blame(SpfResult.TempError, "reading the records took too long");
        }
        return new SpfSurvey
        {
            Domain = domain,
            Records = walk.Records,
            Fault = walk.Fault,
            Detail = walk.Detail,
            Lookups = walk.Lookups,
            Includes = walk.Includes,
            Networks = walk.Networks,
            IsOpen = walk.IsOpen,
        };
    }

    private sealed class Walk(IDnsResolver dns, CancellationToken cancel)
    {
        private readonly Stack<string> _path = [];

        public List<string> Records { get; } = [];
        public HashSet<string> Includes { get; } = [];
        public List<IPAddress> Networks { get; } = [];
        public SpfResult? Fault { get; private set; }
        public string Detail { get; private set; } = "";
        public int Lookups { get; private set; }
        public bool IsOpen { get; private set; }

        // The first permanent fault is told; one that may pass, and with it what it hides, gives way to it.
        public void Blame(SpfResult fault, string detail)
        {
            if (Fault is null || (Fault == SpfResult.TempError && fault != SpfResult.TempError))
                (Fault, Detail) = (fault, detail);
        }

        public async Task VisitAsync(string domain, bool passes)
        {
            if (_path.Contains(domain))
            {
                Blame(SpfResult.PermError, $"{domain} includes itself");
                return;
            }
            _path.Push(domain);
            if (await FindAsync(domain) is { } record)
            {
                foreach (var directive in record.Directives)
                {
                    await TakeAsync(directive, passes);
                    // RFC 7208 §5.1: what stands behind "all" is never looked at.
                    if (directive.Mechanism == SpfMechanism.All)
                        break;
                }
                if (record.Redirect is { } redirect && !record.Directives.Exists(static directive => directive.Mechanism == SpfMechanism.All))
                    await FollowAsync(redirect, passes);
            }
            _path.Pop();
        }

        private async Task TakeAsync(SpfDirective directive, bool passes)
        {
            passes &= directive.Qualifier == SpfResult.Pass;
            if (directive.Mechanism == SpfMechanism.Include)
                await FollowAsync(directive.Domain!, passes);
            else if (directive.QueriesDns)
                Lookups++;
            else if (directive.Network is { } network && passes && Networks.Count < MostNetworks)
                Networks.Add(network);
            // An included +all is as open as one's own.
            IsOpen |= directive.Mechanism == SpfMechanism.All && passes;
        }

        // Where a macro leads depends on who sends.
        private async Task FollowAsync(MacroString target, bool passes)
        {
            if (++Lookups > MostLookups || target.Literal is not { } name)
                return;
            name = name.TrimEnd('.').ToLowerInvariant();
            if (passes)
                Includes.Add(name);
            await VisitAsync(name, passes);
        }

        private async Task<SpfRecord?> FindAsync(string domain)
        {
            var answer = await dns.ResolveAsync(domain, DnsType.TXT, cancel);
            if (answer.Status == DnsStatus.TemporaryError)
            {
                Blame(SpfResult.TempError, $"TXT of {domain}: {answer.Detail}");
                return null;
            }
            var found = answer.Records.Select(static record => record.Text).Where(static text => SpfRecord.IsRecord(text)).ToList();
            var isRoot = _path.Count == 1;
            if (isRoot)
                Records.AddRange(found);
            SpfRecord? record = null;
            if (found.Count == 0)
                Blame(isRoot ? SpfResult.None : SpfResult.PermError, $"{domain} has no SPF record");
            else if (found.Count > 1)
                Blame(SpfResult.PermError, $"{domain} has more than one SPF record");
            else if (!SpfRecord.TryParse(found[0], out record, out var error))
                Blame(SpfResult.PermError, $"{domain}: {error}");
            return record;
        }
    }
}
