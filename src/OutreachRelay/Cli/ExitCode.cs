namespace OutreachRelay.Cli;

/// <summary>What the process ends with, after sysexits(3).</summary>
public static class ExitCode
{
    public const int Ok = 0;

    /// <summary>EX_USAGE: an unknown verb, option or value.</summary>
    public const int Usage = 64;

    /// <summary>EX_DATAERR: an entry that does not exist, or to which the action does not apply; a file of senders that has errors; what is no reply.</summary>
    public const int Data = 65;

    /// <summary>EX_UNAVAILABLE: no relay runs.</summary>
    public const int Unavailable = 69;

    /// <summary>EX_SOFTWARE: a failure that nobody foresaw.</summary>
    public const int Software = 70;

    /// <summary>EX_CANTCREAT: a file or directory cannot be written.</summary>
    public const int CannotCreate = 73;

    /// <summary>EX_TEMPFAIL: it may work later.</summary>
    public const int Temporary = 75;

    /// <summary>EX_NOPERM: the socket may not be opened.</summary>
    public const int Permission = 77;

    /// <summary>EX_CONFIG: the configuration has errors.</summary>
    public const int Configuration = 78;
}
