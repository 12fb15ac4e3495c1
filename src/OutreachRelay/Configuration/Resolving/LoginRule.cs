using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>A login has a user name and a password, or there is none.</summary>
internal static class LoginRule
{
    /// <param name="table">The table that may hold the two keys.</param>
    public static void Check(Place table, Place? username, Place? password, ProblemList problems)
    {
        if ((username is null) == (password is null))
            return;
        var missing = table.Path + (username is null ? ".username" : ".password");
        if (!problems.HasErrorAt(missing))
            problems.Error((username ?? password)!.Value, "expected username and password, or neither");
    }
}
