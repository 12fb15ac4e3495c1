namespace OutreachRelay.Tests.Store;

/// <summary>Waits for a condition with a deadline.</summary>
internal static class Eventually
{
    internal static async Task TrueAsync(Func<bool> condition, Action? meanwhile = null)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            meanwhile?.Invoke();
            await Task.Delay(TimeSpan.FromMilliseconds(5), deadline.Token);
        }
    }
}
