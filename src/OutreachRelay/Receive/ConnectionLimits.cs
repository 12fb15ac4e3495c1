using System.Net;

namespace OutreachRelay.Receive;

/// <summary>Counts a listener's connections, in all and per address.</summary>
public sealed class ConnectionLimits
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private int _total;

    public int Total => Volatile.Read(ref _total);

    /// <summary>Counts a connection; <see langword="false"/> when it is one too many. Either way <see cref="Leave"/> must follow.</summary>
    public bool Enter(IPAddress address, int max, int maxPerAddress)
    {
        lock (_gate)
        {
            var ofAddress = _perAddress.GetValueOrDefault(address) + 1;
            _perAddress[address] = ofAddress;
            return ++_total <= max && ofAddress <= maxPerAddress;
        }
    }

    public void Leave(IPAddress address)
    {
        lock (_gate)
        {
            _total--;
            if (--_perAddress[address] == 0)
                _perAddress.Remove(address);
        }
    }
}
