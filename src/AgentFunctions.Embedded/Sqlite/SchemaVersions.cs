using Microsoft.Data.Sqlite;

namespace AgentFunctions.Embedded.Sqlite;

/// <summary>The table that says which version of which component's tables a file holds.</summary>
internal static class SchemaVersions
{
    public static int Get(SqliteConnection connection, string component)
    {
        connection.Execute("CREATE TABLE IF NOT EXISTS schema_versions (component TEXT PRIMARY KEY, version INTEGER NOT NULL)");
        return connection.QueryFirst(
            "SELECT version FROM schema_versions WHERE component = @component", row => row.GetInt32(0), ("@component", component));
    }

    public static int Set(SqliteConnection connection, string component, int version) =>
        connection.Execute(
            "INSERT INTO schema_versions (component, version) VALUES (@component, @version) " +
            "ON CONFLICT (component) DO UPDATE SET version = excluded.version",
            ("@component", component), ("@version", version));
}
