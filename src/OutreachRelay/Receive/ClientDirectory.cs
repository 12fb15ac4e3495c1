using System.Net;
using System.Security.Cryptography;
using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Receive;

/// <summary>Which client it is: by login, by network, or by a sender that is its own.</summary>
public static class ClientDirectory
{
    /// <summary>The client whose networks hold an address, or <see langword="null"/>. Where networks overlap the smallest decides.</summary>
    public static ClientModel? FindByNetwork(RelayModel model, IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        ClientModel? found = null;
        var prefix = -1;
        foreach (var client in model.Clients.Values)
        {
            foreach (var network in client.Networks)
            {
                if (network.PrefixLength > prefix && network.Contains(plain))
                    (found, prefix) = (client, network.PrefixLength);
            }
        }
        return found;
    }

    /// <summary>The client that a login belongs to, or <see langword="null"/>.</summary>
    /// <remarks>
    /// An unknown user, a wrong password and a disabled login take the same time: in each case one hash is compared with another.
    /// An authorization identity other than the user's own is refused (RFC 4616 §2).
    /// </remarks>
    public static ClientModel? FindByLogin(RelayModel model, SmtpCredentials credentials)
    {
        var client = model.Logins.GetValueOrDefault(credentials.Username);
        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> wanted = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(credentials.Password), given);
        SHA256.HashData(Encoding.UTF8.GetBytes(client?.Password ?? ""), wanted);
        var matches = CryptographicOperations.FixedTimeEquals(given, wanted) & client is { Password.Length: > 0 };
        return matches && (credentials.AuthorizationId.Length == 0 || credentials.AuthorizationId == credentials.Username) ? client : null;
    }

    /// <summary>Whether an address is a sender of another client's.</summary>
    public static bool IsOfAnother(RelayModel model, ClientModel client, Mailbox address)
    {
        var key = address.Key;
        // An address belongs to one client, so most are told by the first two questions.
        return model.Senders.ContainsKey(key) && !Rotation.IsOf(model, client, key)
            && model.Clients.Values.Any(other => Rotation.IsOf(model, other, key));
    }
}
