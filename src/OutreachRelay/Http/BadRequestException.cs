namespace OutreachRelay.Http;

/// <summary>A request that cannot be understood; ends it with a 4xx whose text is shown to who asked.</summary>
internal sealed class BadRequestException(string message, int status = StatusCodes.Status400BadRequest) : Exception(message)
{
    public int Status { get; } = status;
}
