using System.Reflection;

namespace OutreachRelay.FunctionalTests.Running;

/// <summary>Where this project's sources lie: scripts of the clients, the nodemailer package.</summary>
internal static class ProjectDirectory
{
    private static readonly string Root = typeof(ProjectDirectory).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(a => a.Key == "ProjectDirectory").Value!;

    public static string Combine(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);
}
