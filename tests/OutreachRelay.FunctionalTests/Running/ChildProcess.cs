using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace OutreachRelay.FunctionalTests.Running;

/// <summary>A program that we started: its output is kept, its signals go to its own process id and to nobody else.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int MaxLines = 20_000;
    // ESRCH.
    private const int NoSuchProcess = 3;

    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly TaskCompletionSource _stdoutEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stderrEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringBuilder _stdout = new();

    private ChildProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Keep(e.Data, _stdoutEnded, _stdout);
        _process.ErrorDataReceived += (_, e) => Keep(e.Data, _stderrEnded, null);
    }

    public int Id { get; private set; }

    public bool HasExited => _process.HasExited;

    /// <summary>Only what was written to standard output, up to now.</summary>
    public string StandardOutput
    {
        get
        {
            lock (_lines)
                return _stdout.ToString();
        }
    }

    /// <summary>Standard output and standard error, in the order in which the lines came.</summary>
    public string Output
    {
        get
        {
            lock (_lines)
                return string.Join('\n', _lines);
        }
    }

    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, string? directory = null, IReadOnlyDictionary<string, string>? environment = null, string? input = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = directory ?? "",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
            start.Environment[name] = value;
        var child = new ChildProcess(start);
        child._process.Start();
        child.Id = child._process.Id;
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        if (input is not null)
            child._process.StandardInput.Write(input);
        child._process.StandardInput.Close();
        return child;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="TimeoutException">It did not end in time; it was killed.</exception>
    public static async Task<ProgramResult> RunAsync(
        string program, IEnumerable<string> arguments, TimeSpan? deadline = null, string? directory = null,
        IReadOnlyDictionary<string, string>? environment = null, string? input = null)
    {
        await using var child = Start(program, arguments, directory, environment, input);
        var code = await child.WaitForExitAsync(deadline ?? TimeSpan.FromSeconds(30));
        return new ProgramResult(code, child.StandardOutput, child.Output);
    }

    /// <summary>Waits for the end, and for the last line of output.</summary>
    /// <returns>The exit code; 128 + n after signal n.</returns>
    public async Task<int> WaitForExitAsync(TimeSpan deadline)
    {
        using var timeout = new CancellationTokenSource(deadline);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"{_process.StartInfo.FileName} did not end within {deadline}. It said:\n{Output}", e);
        }
        await Task.WhenAll(_stdoutEnded.Task, _stderrEnded.Task).WaitAsync(deadline);
        return _process.ExitCode;
    }

    /// <summary>Sends a signal to this process, if it still runs.</summary>
    public void Signal(Signal signal)
    {
        // It may end between the two.
        if (!_process.HasExited && kill(Id, (int)signal) != 0 && Marshal.GetLastPInvokeError() != NoSuchProcess)
            throw new InvalidOperationException($"kill({Id}, {signal}): error {Marshal.GetLastPInvokeError()}");
    }

    public async ValueTask DisposeAsync()
    {
        Signal(Running.Signal.Kill);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Keep(string? line, TaskCompletionSource ended, StringBuilder? copy)
    {
        if (line is null)
        {
            ended.TrySetResult();
            return;
        }
        lock (_lines)
        {
            if (_lines.Count < MaxLines)
                _lines.Add(line);
            copy?.Append(line).Append('\n');
        }
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int pid, int signal);
}

/// <summary>Signals by their numbers on Linux.</summary>
internal enum Signal
{
    HangUp = 1,
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}

/// <param name="Output">Standard output and standard error together.</param>
internal sealed record ProgramResult(int ExitCode, string StandardOutput, string Output);
