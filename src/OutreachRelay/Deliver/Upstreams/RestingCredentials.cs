using System.Collections.Concurrent;
using OutreachRelay.Configuration;

namespace OutreachRelay.Deliver.Upstreams;

/// <summary>The credentials of one upstream that are left alone for a while, so that a refused one is not tried with every message.</summary>
public sealed class RestingCredentials(TimeProvider time)
{
    // AUTH is tried at most four times an hour with a credential that was refused.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, Rest> _rests = [];

    /// <summary>Leaves a refused credential alone.</summary>
    /// <param name="length">A short rest is twice as long each time in a row, up to a quarter of an hour.</param>
    public void Begin(CredentialModel credential, TimeSpan length) => _rests.AddOrUpdate(
        credential.Id,
        _ => new Rest(credential, time.GetTimestamp(), length),
        (_, last) => Next(last, credential, length));

    /// <summary>Whether a credential was refused lately. One that a reload has changed is tried at once.</summary>
    public bool Contains(CredentialModel? credential) =>
        credential is not null && _rests.TryGetValue(credential.Id, out var rest) && rest.IsOf(credential) && IsRunning(rest);

    /// <summary>A credential was taken: its next rest is a short one again.</summary>
    public void End(CredentialModel credential) => _rests.TryRemove(credential.Id, out _);

    // Sessions that were refused side by side count once.
    private Rest Next(Rest last, CredentialModel credential, TimeSpan length)
    {
        if (!last.IsOf(credential) || length >= Longest)
            return new Rest(credential, time.GetTimestamp(), length);
        if (IsRunning(last))
            return last;
        var next = last.Length * 2 < Longest ? last.Length * 2 : Longest;
        return new Rest(credential, time.GetTimestamp(), next > length ? next : length);
    }

    private bool IsRunning(Rest rest) => time.GetElapsedTime(rest.Since) < rest.Length;

    private sealed record Rest(CredentialModel Credential, long Since, TimeSpan Length)
    {
        public bool IsOf(CredentialModel other) => Credential.Password == other.Password && Credential.Username == other.Username;
    }
}
