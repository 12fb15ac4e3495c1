namespace OutreachRelay;

/// <summary>A Kestrel without the habits of a web host: no configuration of its own, no endpoint that was not asked for, no hand on signals.</summary>
internal static class BareServer
{
    /// <param name="stopTime">How long its StopAsync waits for connections.</param>
    public static WebApplicationBuilder CreateBuilder(ILoggerFactory loggers, TimeSpan stopTime)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = stopTime);
        builder.WebHost.UseKestrelCore();
        return builder;
    }

    // The usual lifetime cancels the effect of every SIGTERM; then a second one could not end the process.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
