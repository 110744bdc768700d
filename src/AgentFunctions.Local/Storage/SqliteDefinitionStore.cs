using AgentFunctions.Agents;
using AgentFunctions.Embedded.Sqlite;

namespace AgentFunctions.Local.Storage;

/// <summary>Agent definitions by hash, in state.db.</summary>
public sealed class SqliteDefinitionStore(SqliteDatabase database) : IDefinitionStore
{
    public Task PutAsync(AgentDefinition definition, CancellationToken cancellationToken = default)
    {
        var (hash, json) = (definition.Hash, AgentJson.Serialize(definition));
        return database.WriteAsync(
            connection => connection.Execute(
                "INSERT INTO definitions (hash, definition) VALUES (@hash, @definition) ON CONFLICT (hash) DO NOTHING",
                ("@hash", hash), ("@definition", json)),
            cancellationToken);
    }

    public Task<AgentDefinition?> GetAsync(string hash, CancellationToken cancellationToken = default) =>
        database.ReadAsync(
            connection => connection.QueryFirst(
                "SELECT definition FROM definitions WHERE hash = @hash",
                row => AgentJson.Deserialize<AgentDefinition>(row.GetString(0)),
                ("@hash", hash)),
            cancellationToken);
}
