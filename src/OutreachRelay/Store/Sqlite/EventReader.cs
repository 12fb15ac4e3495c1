namespace OutreachRelay.Store.Sqlite;

/// <summary>How an event is read, on any connection.</summary>
internal static class EventReader
{
    internal const int ColumnCount = 7;

    /// <summary>Of an event <c>v</c>.</summary>
    internal const string Columns = "v.at, v.kind, v.who, v.reason, v.occurred_at, v.code, v.status";

    /// <param name="first">The first of the columns.</param>
    internal static StoreEvent Read(Execution row, int first = 0) => new(
        EntryReader.Time(row.Int64(first)), (StoreEventKind)row.Int32(first + 1), row.Text(first + 2)!, row.Text(first + 3)!)
    {
        OccurredAt = row.OptionalInt64(first + 4) is { } time ? EntryReader.Time(time) : null,
        Code = row.Int32(first + 5),
        Status = row.Text(first + 6),
    };
}
