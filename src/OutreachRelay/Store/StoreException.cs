namespace OutreachRelay.Store;

/// <summary>The store cannot be opened or read. The message is fit for the operator and says what to do.</summary>
public abstract class StoreException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>Another process has the data directory.</summary>
public sealed class StoreLockedException(string message, Exception? cause = null) : StoreException(message, cause);

/// <summary>The schema is newer than this program knows; nothing was changed.</summary>
public sealed class StoreTooNewException(string message) : StoreException(message);

/// <summary>The file is not a database of ours or is damaged; nothing was changed.</summary>
public sealed class StoreDamagedException(string message, Exception? cause = null) : StoreException(message, cause);

/// <summary>The store cannot be reached now: it does not open, or a read failed. The same call may succeed later.</summary>
public sealed class StoreUnavailableException(string message, Exception? cause = null) : StoreException(message, cause);
