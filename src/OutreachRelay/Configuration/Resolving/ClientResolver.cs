using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Resolves <c>[[client]]</c> with its directions, logins and networks.</summary>
internal sealed class ClientResolver(Resolution resolution, TellingResolver telling)
{
    private readonly ProblemList _problems = resolution.Problems;
    private readonly Dictionary<string, Place> _usernames = new(StringComparer.Ordinal);
    private readonly Dictionary<IPNetwork, (string? Client, Place Place)> _networks = [];

    public NameTable<ClientModel> Resolve(FileConfig file, IReadOnlyDictionary<string, NameTable<DirectionModel>> directions)
    {
        var clients = new NameTable<ClientModel>("client", _problems);
        foreach (var client in file.Clients)
            clients.Add(client.Name, Resolve(client, directions));
        return clients;
    }

    private ClientModel? Resolve(ClientConfig client, IReadOnlyDictionary<string, NameTable<DirectionModel>> directions)
    {
        CheckNetworks(client);
        CheckLogin(client);
        var password = ResolvePassword(client);
        var hook = telling.ResolveHook(client);
        if (client.Name is null)
            return null;
        var own = directions[client.Name.Value];
        if (own.Find(client.DefaultDirection) is not { } defaultDirection)
            return null;
        return new ClientModel
        {
            Name = client.Name.Value,
            DisplayName = client.DisplayName?.Value,
            Username = client.Username?.Value,
            Password = password,
            Networks = client.Networks?.Value.Select(network => network.Value).ToImmutableArray() ?? [],
            ControlHeaders = client.ControlHeaders?.Value ?? false,
            Notifications = client.Notifications?.Value ?? false,
            Rate = client.Rate?.Value,
            DailyLimit = client.DailyLimit?.Value,
            Weight = client.Weight?.Value ?? 1,
            Hook = hook,
            Dsn = telling.ResolveDsn(client, defaultDirection, own.Values),
            DefaultDirection = defaultDirection,
            Directions = own.Values.ToFrozenDictionary(direction => direction.Name),
        };
    }

    private void CheckNetworks(ClientConfig client)
    {
        foreach (var network in client.Networks?.Value ?? [])
        {
            if (network.Value.PrefixLength == 0)
                _problems.Error(network.Place, "everybody could submit without AUTH: an open relay; expected the networks of the client");
            else if (!_networks.TryAdd(network.Value, (client.Name?.Value, network.Place)))
            {
                var first = _networks[network.Value];
                _problems.Error(network.Place, $"the network {network.Value} belongs to client '{first.Client}' already, at {first.Place}");
            }
        }
    }

    private void CheckLogin(ClientConfig client)
    {
        if (client.Username is { } username && !_usernames.TryAdd(username.Value, username.Place))
            _problems.Error(username.Place, $"another client has this user name, at {_usernames[username.Value]}");
        LoginRule.Check(client.Place, client.Username?.Place, client.Password?.Place, _problems);
        // After an error the networks may be missing only because one of them is wrong.
        if (client.Username is null && client.Networks is not { Value.IsEmpty: false } && !_problems.HasErrors)
            _problems.Warning(client.Place, "nobody can submit as this client; it has neither username and password nor networks");
    }

    private string? ResolvePassword(ClientConfig client)
    {
        if (client.Password is not { } reference || !resolution.TryResolve(reference, out var password))
            return null;
        if (password is null)
        {
            _problems.Warning(reference.Place,
                $"the secret {Shown.Text(reference.Value.ToString())} is not set or empty; the login of this client is disabled");
        }
        return password;
    }
}
