using System.Net;

namespace OutreachRelay.Deliver.Upstreams;

/// <summary>Finds the addresses of a host name.</summary>
/// <exception cref="System.Net.Sockets.SocketException">There are none, or nobody could tell.</exception>
public delegate Task<IPAddress[]> HostResolver(string host, CancellationToken cancel);
