using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Score;

namespace OutreachRelay.Tests.Policy.Score;

/// <summary>Messages to be scored, and the rules that come with the program.</summary>
internal static class ScoreMessages
{
    public static ScoreRules Rules { get; } = ScoreRules.Load(DataFolder.BesideProgram).Rules!;

    public static ScoreModel Model { get; } = new() { TagAt = 4, HoldAt = 8, RefuseAt = 12, Rules = Rules };

    /// <summary>A mail that meets no rule.</summary>
    public const string Clean = "From: Jane <jane@crm.example>\r\nTo: Ann Miller <ann.miller@there.example>\r\nSubject: Your drawings\r\n"
        + "Date: Sun, 22 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@crm.example>\r\nList-Unsubscribe: <https://crm.example/u>\r\n\r\nHello Ann, shall we talk?\r\n";

    public static byte[] Octets(string message) => Encoding.UTF8.GetBytes(message);

    public static ContentScore Score(string message) => Rules.Score(Octets(message), isWhole: true, addsUnsubscribe: false)!;

    public static byte[] Html(string html) =>
        Octets("Subject: hello\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html);
}
