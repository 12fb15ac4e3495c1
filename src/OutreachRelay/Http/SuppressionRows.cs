using OutreachRelay.Configuration;
using OutreachRelay.Observe;
using OutreachRelay.Outcome.Suppression;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary>Makes of rows what the store is asked for.</summary>
internal sealed class SuppressionRows(SuppressionBook suppressions, RelayModel model, DateTimeOffset now, string who)
{
    /// <returns>What is wrong with the row, or <see langword="null"/>.</returns>
    public string? TryRead(SuppressionRow? row, out SuppressRequest? request)
    {
        request = null;
        if (row is null)
            return "it is empty";
        if (TryRecipient(suppressions, row.Address, row.Hash, out var recipient, out var address) is { } unknown)
            return unknown;
        if (CheckScope(model, row.Client, row.Direction) is { } scope)
            return scope;
        if (SuppressionText.Parse(row.Reason ?? "manual") is not { } reason)
            return $"reason is not one of {string.Join(", ", Enum.GetValues<SuppressionReason>().Select(SuppressionText.Word))}";
        if (row.At > now + TimeSpan.FromDays(1))
            return "at lies ahead";
        if (row.Until is { } until && (until <= now || SuppressionRecord.IsAsked(reason)))
            return until <= now ? "until has passed" : "what the recipient asked for has no end";
        var source = string.IsNullOrWhiteSpace(row.Source) ? who : row.Source;
        request = new SuppressRequest(recipient, new SuppressionScope(row.Client, row.Direction), reason, row.At ?? now, VisibleText.Escape(source, ActionLimits.MaxReason))
        {
            Address = address,
            Until = row.Until,
        };
        return null;
    }

    /// <summary>Finds out who is meant.</summary>
    /// <param name="address">As suppression means it; <see langword="null"/> with a hash.</param>
    /// <returns>What is wrong, or <see langword="null"/>.</returns>
    public static string? TryRecipient(SuppressionBook suppressions, string? text, string? hash, out RecipientHash recipient, out string? address)
    {
        (recipient, address) = (default, null);
        if (!string.IsNullOrEmpty(text))
        {
            if (!Mailbox.TryParse(text.Trim(), out var mailbox, out var error))
                return "the address is not valid: " + error;
            (recipient, address) = (suppressions.HashOf(mailbox), SuppressionKey.Normalize(mailbox));
            return null;
        }
        if (string.IsNullOrEmpty(hash))
            return "there is neither an address nor a hash";
        return RecipientHash.TryParse(hash, out recipient) ? null : "the hash is not 32 hexadecimal digits";
    }

    /// <summary>Whether there is such a client or direction.</summary>
    public static string? CheckScope(RelayModel model, string? client, string? direction)
    {
        if (client is null)
            return direction is null ? null : "a direction needs its client";
        if (!model.Clients.TryGetValue(client, out var known))
            return "there is no client of that name";
        return direction is null || known.Directions.ContainsKey(direction) ? null : "the client has no direction of that name";
    }
}
