using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Relay;

/// <summary>
/// The relay as its users run it: a process with a configuration file, signals, a command line. It can be killed and started again
/// on the same data.
/// </summary>
internal sealed class RelayProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(30);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private static readonly Dictionary<string, string> Environment = new(StringComparer.Ordinal)
    {
        ["CRM_SMTP_PASSWORD"] = RelayConfig.Password,
        ["API_TOKEN"] = RelayConfig.ApiToken,
        ["DOTNET_NOLOGO"] = "1",
    };

    private readonly TemporaryDirectory _directory = new();
    private readonly HttpClient _admin;
    private readonly string _program;
    private ChildProcess? _process;
    private string _earlierLogs = "";

    /// <param name="program">The <c>outreach-relay.dll</c> of another build; <see langword="null"/> for the one that was built with the tests.</param>
    public RelayProcess(RelayConfig config, string? program = null)
    {
        Config = config;
        _program = program ?? Path.Combine(AppContext.BaseDirectory, "outreach-relay.dll");
        Port = FreePort.Next();
        HttpPort = FreePort.Next();
        // No connection outlives its question: tests count connections, and stop what they asked.
        _admin = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync, PooledConnectionLifetime = TimeSpan.Zero })
        {
            BaseAddress = new Uri("http://localhost/api/v1/"),
            Timeout = StartDeadline,
        };
        Write(config);
    }

    public RelayConfig Config { get; private set; }

    public int Port { get; }

    public int HttpPort { get; }

    public int Id => Running.Id;

    public bool HasExited => Running.HasExited;

    /// <summary>What all lives of the process wrote.</summary>
    public string Log => _earlierLogs + (_process?.Output ?? "");

    public string ConfigFile => _directory.Combine("relay.toml");

    public string SendersFile => _directory.Combine("senders.csv");

    public string DataDirectory => Path.Combine(_directory.Path, Config.DataDirectory);

    private ChildProcess Running => _process ?? throw new InvalidOperationException("The relay was not started.");

    /// <summary>Starts a relay with this configuration and waits until it is ready.</summary>
    public static async Task<RelayProcess> StartAsync(RelayConfig config, string? program = null)
    {
        var relay = new RelayProcess(config, program);
        try
        {
            await relay.StartAsync();
            return relay;
        }
        catch
        {
            await relay.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the process and waits for <c>/readyz</c>.</summary>
    /// <param name="wrapper">A program and its arguments that execute what follows them.</param>
    /// <exception cref="InvalidOperationException">It ended before it was ready.</exception>
    public async Task StartAsync(params string[] wrapper)
    {
        if (!await TryStartAsync(wrapper))
            throw new InvalidOperationException($"The relay ended at its start:\n{Log}");
    }

    /// <summary>Starts the process and waits for <c>/readyz</c>, or for its end.</summary>
    /// <returns>Whether it is ready.</returns>
    public async Task<bool> TryStartAsync(params string[] wrapper)
    {
        Launch(wrapper);
        await Wait.UntilAsync(
            async () => Running.HasExited || await StatusOfAsync("/readyz") == HttpStatusCode.OK,
            StartDeadline, () => $"the relay is not ready:\n{Log}");
        return !Running.HasExited;
    }

    /// <summary>Starts the process and waits for nothing.</summary>
    public void Launch(params string[] wrapper)
    {
        _earlierLogs = Log;
        string[] command = [.. wrapper, "dotnet", _program, "serve", "--config", ConfigFile];
        _process = ChildProcess.Start(command[0], command[1..], _directory.Path, Environment);
    }

    public Task<int> WaitForExitAsync(TimeSpan deadline) => Running.WaitForExitAsync(deadline);

    public void Signal(Signal signal) => Running.Signal(signal);

    public async Task KillAsync()
    {
        Signal(FunctionalTests.Running.Signal.Kill);
        await WaitForExitAsync(StartDeadline);
    }

    /// <summary>SIGTERM, and the exit code.</summary>
    public Task<int> StopAsync(TimeSpan deadline)
    {
        Signal(FunctionalTests.Running.Signal.Terminate);
        return WaitForExitAsync(deadline);
    }

    /// <summary>Writes the configuration; a running relay reads it at SIGHUP.</summary>
    public void Write(RelayConfig config)
    {
        Config = config;
        File.WriteAllText(SendersFile, config.ToCsv());
        File.WriteAllText(ConfigFile, config.ToToml(Port, HttpPort));
    }

    /// <summary>The status of a page on the HTTP port; <see langword="null"/> when nobody answers.</summary>
    public async Task<HttpStatusCode?> StatusOfAsync(string path)
    {
        try
        {
            using var response = await Http.GetAsync(Url(path));
            return response.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    public Task<string> GetAsync(string path) => Http.GetStringAsync(Url(path));

    /// <summary>Asks the API over the admin socket what the command line would ask it, without a process for each question.</summary>
    /// <param name="path">Relative to <c>/api/v1/</c>.</param>
    public async Task<JsonElement> AskAsync(string path) => JsonSerializer.Deserialize<JsonElement>(await _admin.GetStringAsync(path));

    /// <summary>Runs the program with another verb beside the running relay.</summary>
    public Task<ProgramResult> RunAsync(params string[] verb) =>
        ChildProcess.RunAsync("dotnet", [_program, .. verb, "--config", ConfigFile], directory: _directory.Path, environment: Environment);

    /// <summary>Runs a verb with <c>--json</c>.</summary>
    /// <exception cref="InvalidOperationException">It did not exit with 0.</exception>
    public async Task<JsonElement> JsonAsync(params string[] verb)
    {
        var result = await RunAsync([.. verb, "--json"]);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"{string.Join(' ', verb)} ended with {result.ExitCode}:\n{result.Output}");
        return JsonSerializer.Deserialize<JsonElement>(result.StandardOutput);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _admin.Dispose();
        _directory.Dispose();
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(DataDirectory, "admin.sock")), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private Uri Url(string path) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{HttpPort}{path}"));
}
