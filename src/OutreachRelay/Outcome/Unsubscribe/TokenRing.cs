using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Unsubscribe;

/// <summary>The keys in force: those of the environment, or of a file that is made at the first start and read again at a reload.</summary>
public sealed partial class TokenRing
{
    private readonly RelayState _relay;
    private readonly ILogger<TokenRing> _logger;
    private volatile TokenKeys _own;

    /// <exception cref="StoreUnavailableException">The file can be neither read nor made.</exception>
    public TokenRing(RelayState relay, ILogger<TokenRing> logger)
    {
        (_relay, _logger) = (relay, logger);
        _own = relay.Model.TokenKeys ?? Load(relay.Model.TokenKeyFile);
    }

    public TokenKeys Keys => _relay.Model.TokenKeys ?? _own;

    /// <summary>Reads the file again: at a reload, as all secrets. One that cannot be read leaves the keys as they were.</summary>
    public void Reload()
    {
        if (_relay.Model.TokenKeys is not null)
            return;
        try
        {
            _own = Load(_relay.Model.TokenKeyFile);
        }
        catch (StoreUnavailableException e)
        {
            Log.NotRead(_logger, e.Message);
        }
    }

    private static TokenKeys Load(string path)
    {
        try
        {
            // On disk before the first token is: links outlive a power failure.
            if (!File.Exists(path))
                KeyFile.Create(path, Encoding.ASCII.GetBytes(TokenKeys.NewKey() + "\n"));
            return TokenKeys.TryParse(File.ReadAllText(path), out var keys, out var error)
                ? keys
                : throw new StoreUnavailableException($"{path}: {error}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"{path} can be neither read nor made: {e.Message}", e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(5110, LogLevel.Error, "The keys of links were not read again and stay as they were: {Reason}")]
        public static partial void NotRead(ILogger logger, string reason);
    }
}
