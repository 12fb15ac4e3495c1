using System.Net;

namespace OutreachRelay.Receive;

/// <summary>Counts a listener's connections, in all and per address.</summary>
public sealed class ConnectionLimits
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private int _total;

    public int Total => Volatile.Read(ref _total);

    /// <summary>Counts a connection, and <see cref="Leave"/> must follow; <see langword="false"/>: it is one too many, and does not count.</summary>
    /// <remarks>Were refused connections counted, one address could use up what is left for the others.</remarks>
    public bool Enter(IPAddress address, int max, int maxPerAddress)
    {
        lock (_gate)
        {
            var ofAddress = _perAddress.GetValueOrDefault(address);
            if (_total >= max || ofAddress >= maxPerAddress)
                return false;
            _perAddress[address] = ofAddress + 1;
            _total++;
            return true;
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
