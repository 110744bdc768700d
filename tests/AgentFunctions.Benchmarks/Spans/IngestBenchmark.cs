// `ingest`: spans per second into SQLite through the whole pipeline, against bare prepared inserts of the same rows.
using System.CommandLine;
using System.Diagnostics;
using AgentFunctions.Benchmarks.Measure;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Benchmarks.Spans;

internal static class IngestBenchmark
{
    private const int Steps = 5;
    private const int Batch = 512;

    public static Command Command()
    {
        var spans = new Option<int>("--spans") { Description = "Spans a round", DefaultValueFactory = _ => 50_000 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds that count", DefaultValueFactory = _ => 5 };
        var command = new Command("ingest", "Spans per second into SQLite: the whole pipeline against bare prepared inserts of the same rows.");
        command.Options.Add(spans);
        command.Options.Add(rounds);
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(spans), parsed.GetValue(rounds)));
        return command;
    }

    private static async Task<int> RunAsync(int spans, int rounds)
    {
        Report.Machine();
        spans -= spans % (2 * Steps);
        var sample = new SampleRuns(DateTimeOffset.UnixEpoch.AddYears(56), TimeSpan.FromSeconds(1), Steps);
        List<SampleRun> runs = [.. sample.Take(0, spans / sample.SpansPerRun)];
        var rows = await RowsOfAsync(runs);
        var bare = await Pair.MeasureAsync(
            "spans/s", rounds,
            ("whole pipeline", () => PipelineAsync(runs, spans)),
            ("bare inserts, table alone", () => Task.FromResult(BareInserts(rows, withIndexes: false))));
        Report.Pair("Ingest into SQLite", bare, "aim: ratio at least 0.5");
        var indexed = await Pair.MeasureAsync(
            "spans/s", rounds,
            ("whole pipeline", () => PipelineAsync(runs, spans)),
            ("bare inserts, with the store's indexes", () => Task.FromResult(BareInserts(rows, withIndexes: true))));
        Report.Pair("The same against a table that can be queried", indexed, "for information");
        return 0;
    }

    private static async Task<double> PipelineAsync(IReadOnlyList<SampleRun> runs, int spans)
    {
        using var folder = new Workspace();
        await using var pipeline = await SpanPipeline.StartAsync(folder.Path);
        var clock = Stopwatch.StartNew();
        await pipeline.FeedAsync(runs);
        var rate = spans / clock.Elapsed.TotalSeconds;
        var stored = Count(Path.Combine(folder.Path, "traces.db"));
        return stored == spans ? rate : throw new InvalidOperationException($"{stored} spans were stored, not all.");
    }

    private static long Count(string file)
    {
        using var connection = Open(file);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM spans";
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>The rows that the pipeline writes, as values ready to bind, and how to make their table.</summary>
    private static async Task<(IReadOnlyList<string> Schema, string Insert, List<object[]> Values)> RowsOfAsync(IEnumerable<SampleRun> runs)
    {
        using var folder = new Workspace();
        await using (var pipeline = await SpanPipeline.StartAsync(folder.Path))
            await pipeline.FeedAsync(runs);
        using var connection = Open(Path.Combine(folder.Path, "traces.db"));
        var schema = Read(connection, "SELECT sql FROM sqlite_master WHERE tbl_name = 'spans' AND sql IS NOT NULL ORDER BY type DESC").ConvertAll(row => (string)row[0]);
        var columns = Read(connection, "SELECT name FROM pragma_table_info('spans')").ConvertAll(row => (string)row[0]);
        var insert = $"INSERT INTO spans ({string.Join(", ", columns)}) VALUES ({string.Join(", ", columns.Select((_, n) => $"@p{n}"))})";
        return (schema, insert, Read(connection, $"SELECT {string.Join(", ", columns)} FROM spans ORDER BY rowid"));
    }

    private static double BareInserts((IReadOnlyList<string> Schema, string Insert, List<object[]> Values) rows, bool withIndexes)
    {
        using var folder = new Workspace();
        using var connection = Open(Path.Combine(folder.Path, "bare.db"));
        Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
        foreach (var statement in rows.Schema.Where(sql => withIndexes || sql.StartsWith("CREATE TABLE", StringComparison.OrdinalIgnoreCase)))
            Execute(connection, statement);
        using var insert = connection.CreateCommand();
        insert.CommandText = rows.Insert;
        var parameters = Enumerable.Range(0, rows.Values[0].Length).Select(n => insert.Parameters.Add(new SqliteParameter($"@p{n}", null))).ToArray();
        insert.Prepare();
        var clock = Stopwatch.StartNew();
        foreach (var batch in rows.Values.Chunk(Batch))
            Insert(connection, insert, parameters, batch);
        return rows.Values.Count / clock.Elapsed.TotalSeconds;
    }

    private static void Insert(SqliteConnection connection, SqliteCommand insert, SqliteParameter[] parameters, object[][] batch)
    {
        using var transaction = connection.BeginTransaction();
        insert.Transaction = transaction;
        foreach (var row in batch)
        {
            for (var n = 0; n < row.Length; n++)
                parameters[n].Value = row[n];
            insert.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    private static SqliteConnection Open(string file)
    {
        var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static List<object[]> Read(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<object[]>();
        while (reader.Read())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }

        return rows;
    }
}
