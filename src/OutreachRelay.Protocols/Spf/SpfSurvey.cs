using System.Net;

namespace OutreachRelay.Protocols.Spf;

/// <summary>What a domain's policy says to everybody: the record, and those that it includes or redirects to, read without a client to match.</summary>
public sealed record SpfSurvey
{
    public required string Domain { get; init; }

    /// <summary>Every SPF record at the domain itself, as published: one, if all is well.</summary>
    public IReadOnlyList<string> Records { get; init; } = [];

    /// <summary>What is wrong: <see cref="SpfResult.None"/> without a record, temperror or permerror; <see langword="null"/> when nothing is.</summary>
    public SpfResult? Fault { get; init; }

    /// <summary>The fault in words that name the term or the domain. Otherwise empty.</summary>
    public string Detail { get; init; } = "";

    /// <summary>All terms that query DNS, those behind includes too. A client that no term matches meets them all, and more than ten are then a permerror (RFC 7208 §4.6.4).</summary>
    public int Lookups { get; init; }

    /// <summary>Domains in lower case whose pass is a pass of this one: included without another qualifier, or redirected to.</summary>
    public IReadOnlySet<string> Includes { get; init; } = new HashSet<string>();

    /// <summary>Networks of <c>ip4</c> and <c>ip6</c> that pass, as published; the earliest first.</summary>
    public IReadOnlyList<IPAddress> Networks { get; init; } = [];

    /// <summary>Whether everybody passes (<c>+all</c>).</summary>
    public bool IsOpen { get; init; }
}
