using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace AgentFunctions.Embedded.Sqlite;

/// <summary>
/// Chooses the native SQLite: the operating system's, which its vendor patches, else the one bundled with the package.
/// Everything that opens a database goes through <see cref="Load"/> first.
/// </summary>
public static class SqliteNative
{
    /// <summary>The oldest SQLite whose SQL this product uses (RETURNING, 3.35), as SQLite numbers its versions.</summary>
    private const int MinimumVersion = 3_035_000;

    private static readonly Lazy<SqliteLibrary> _library = new(LoadOnce);

    /// <summary>Loads SQLite on the first call; later calls return the same answer, for the start banner.</summary>
    public static SqliteLibrary Load() => _library.Value;

    private static SqliteLibrary LoadOnce()
    {
        var system = false;
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, (name, _, _) =>
        {
            var handle = name == "e_sqlite3" ? LoadFromSystem() : IntPtr.Zero;
            system |= handle != IntPtr.Zero;
            return handle; // zero = the default search, which finds the bundled library
        });
        Batteries_V2.Init();
        return new SqliteLibrary(raw.sqlite3_libversion().utf8_to_string(), system);
    }

    private static IntPtr LoadFromSystem()
    {
        foreach (var candidate in Candidates())
        {
            if (!NativeLibrary.TryLoad(candidate, Assembly.GetExecutingAssembly(), DllImportSearchPath.SafeDirectories, out var handle))
            {
                continue;
            }
            if (NativeLibrary.TryGetExport(handle, "sqlite3_libversion_number", out var address)
                && Marshal.GetDelegateForFunctionPointer<VersionNumber>(address)() >= MinimumVersion)
            {
                return handle;
            }
            NativeLibrary.Free(handle);
        }
        return IntPtr.Zero;
    }

    private static string[] Candidates() =>
        OperatingSystem.IsWindows() ? ["winsqlite3.dll"]
        : OperatingSystem.IsMacOS() ? ["/usr/lib/libsqlite3.dylib", "libsqlite3.dylib"]
        : ["libsqlite3.so.0", "libsqlite3.so"];

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int VersionNumber();
}

/// <summary>Which SQLite runs.</summary>
/// <param name="Version">Its version, such as 3.45.1.</param>
/// <param name="FromSystem">True: the operating system's library; false: the bundled one.</param>
public sealed record SqliteLibrary(string Version, bool FromSystem)
{
    public override string ToString() => $"SQLite {Version} ({(FromSystem ? "system" : "bundled")})";
}
