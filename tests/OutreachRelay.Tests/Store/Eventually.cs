namespace OutreachRelay.Tests.Store;

/// <summary>Waits for a condition with a deadline.</summary>
internal static class Eventually
{
    internal static Task TrueAsync(Func<bool> condition, Action? meanwhile = null) => TrueAsync(() => Task.FromResult(condition()), meanwhile);

    internal static async Task TrueAsync(Func<Task<bool>> condition, Action? meanwhile = null)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await condition())
        {
            meanwhile?.Invoke();
            await Task.Delay(TimeSpan.FromMilliseconds(5), deadline.Token);
        }
    }
}
