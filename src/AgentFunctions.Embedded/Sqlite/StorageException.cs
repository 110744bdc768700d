using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace AgentFunctions.Embedded.Sqlite;

/// <summary>
/// The data on disk cannot be read or written; the message says why and what to do. What was acknowledged before is kept,
/// and what failed has left nothing behind.
/// </summary>
public sealed class StorageException(string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>Explains an error that is the disk's or the file's; any other, such as a broken constraint, stays what it is.</summary>
    /// <param name="file">The database, as the message names it.</param>
    internal static Exception Explain(Exception error, string file) =>
        error is SqliteException sqlite && AdviceFor(sqlite.SqliteErrorCode) is { } advice
            ? new StorageException($"{file}: {sqlite.Message} {advice}", sqlite)
            : error;

    private static string? AdviceFor(int code) => code switch
    {
        raw.SQLITE_FULL => "Free space on its disk: what waits goes on by itself.",
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED =>
            "Another program (a backup, a shell) holds its lock for too long: end that program's transaction, and what waits goes on by itself.",
        raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_PERM =>
            "Check that its folder exists and is writable for this user, or choose another folder with --data.",
        raw.SQLITE_IOERR => "The disk gives errors: look at the system's log, and copy the data folder to another disk.",
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB =>
            "The file is damaged: stop the server, keep a copy of the folder, and restore the file from a backup or with the sqlite3 shell's .recover.",
        _ => null,
    };
}
