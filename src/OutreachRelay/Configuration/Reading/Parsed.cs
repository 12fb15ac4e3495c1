namespace OutreachRelay.Configuration.Reading;

/// <summary>A value, or why there is none.</summary>
/// <param name="Error">What was expected; <see langword="null"/> when <paramref name="Value"/> is valid.</param>
internal readonly record struct Parsed<T>(T Value, string? Error)
{
    public static implicit operator Parsed<T>(T value) => new(value, null);

    public static Parsed<T> Fail(string error) => new(default!, error);
}
