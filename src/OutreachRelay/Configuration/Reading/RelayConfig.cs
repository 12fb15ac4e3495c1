namespace OutreachRelay.Configuration.Reading;

/// <summary><c>[relay]</c>: the node itself.</summary>
public sealed record RelayConfig
{
    public required Place Place { get; init; }
    public Setting<string>? Hostname { get; init; }
    public Setting<string>? DataDir { get; init; }
    public Setting<StoreKind>? Store { get; init; }
    public Setting<SecretReference>? Postgres { get; init; }
    public Setting<string>? AdminSocket { get; init; }
    public Setting<SecretReference>? TokenKey { get; init; }
    public Setting<long>? MinFreeSpace { get; init; }
    public Setting<long>? HardMinFreeSpace { get; init; }
    public Setting<long>? MinFreeInodes { get; init; }
    public Setting<bool>? HidesClients { get; init; }
    public Setting<string>? ConfDir { get; init; }

    internal static RelayConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        Hostname = reader.Require("hostname", Addresses.HostName),
        DataDir = reader.Read("data_dir", Values.FilePath),
        Store = reader.Read("store", Values.Choice(("sqlite", StoreKind.Sqlite), ("postgres", StoreKind.Postgres))),
        Postgres = reader.Read("postgres", Secrets.Reference),
        AdminSocket = reader.Read("admin_socket", Values.FilePath),
        TokenKey = reader.Read("token_key", Secrets.Reference),
        MinFreeSpace = reader.Read("min_free_space", Quantities.Size(0, 1L << 50)),
        HardMinFreeSpace = reader.Read("hard_min_free_space", Quantities.Size(0, 1L << 50)),
        MinFreeInodes = reader.Read("min_free_inodes", Values.Long(0, 1L << 40)),
        HidesClients = reader.Read("received_from", Values.Choice(("full", false), ("hidden", true))),
        ConfDir = reader.Read("conf_dir", Values.FilePath),
    };
}

public enum StoreKind
{
    Sqlite,
    Postgres,
}
