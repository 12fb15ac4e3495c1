using System.Net;

namespace OutreachRelay.Receive;

/// <summary>Counts a listener's connections, in all and per address (per /64 of IPv6).</summary>
/// <remarks>What is turned away does not count: else one address could use up what is left for the others.</remarks>
public sealed class ConnectionLimits
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private int _total;

    public int Total => Volatile.Read(ref _total);

    /// <summary>Takes a place for a connection before anything is known of it; <see langword="null"/> when it is one too many.</summary>
    public Place? Enter(int max)
    {
        lock (_gate)
        {
            if (_total >= max)
                return null;
            _total++;
            return new Place(this);
        }
    }

    /// <summary>The place that a connection holds until it is disposed.</summary>
    public sealed class Place(ConnectionLimits limits) : IDisposable
    {
        private IPAddress? _group;
        private bool _isHeld = true;

        /// <summary>Counts the connection for its address, once that is known; when it is one too many, the place is given back.</summary>
        public bool Keep(IPAddress address, int maxPerAddress)
        {
            var group = ClientAddress.Group(address);
            lock (limits._gate)
            {
                var ofAddress = limits._perAddress.GetValueOrDefault(group);
                if (ofAddress < maxPerAddress)
                {
                    limits._perAddress[group] = ofAddress + 1;
                    _group = group;
                    return true;
                }
            }
            Dispose();
            return false;
        }

        public void Dispose()
        {
            lock (limits._gate)
            {
                if (!_isHeld)
                    return;
                _isHeld = false;
                limits._total--;
                if (_group is not null && --limits._perAddress[_group] == 0)
                    limits._perAddress.Remove(_group);
            }
        }
    }
}
