// What every trace store answers to questions across traces: one suite, inherited by each store's tests.
using AgentFunctions.Traces;

namespace AgentFunctions.Tests.Storage;

/// <summary>The faces of one trace store.</summary>
public sealed record TraceStores(ITraceStore Store, ITraceQueries Queries, ITraceRetention Retention);

/// <summary>The behaviour of <see cref="ITraceQueries"/>; inherited like <see cref="TraceStoreBehaviour"/>.</summary>
public abstract partial class TraceQueriesBehaviour : IAsyncLifetime
{
    private TraceStores _stores = null!;

    protected ITraceStore Store => _stores.Store;

    protected ITraceQueries Queries => _stores.Queries;

    public async Task InitializeAsync() => _stores = await OpenAsync();

    public virtual Task DisposeAsync() => CloseAsync();

    /// <summary>Opens the store on the test's own place, empty at first.</summary>
    protected abstract Task<TraceStores> OpenAsync();

    /// <summary>Closes everything that <see cref="OpenAsync"/> opened and keeps the place.</summary>
    protected abstract Task CloseAsync();

    private Task WriteAsync(params IReadOnlyList<SpanRecord> spans) => Store.UpsertAsync(spans);

    private async Task ReopenAsync()
    {
        await CloseAsync();
        _stores = await OpenAsync();
    }

    private async Task<List<int>> TraceNumbersAsync(TraceQuery query) => Numbers((await Queries.ListTracesAsync(query)).Items.Select(t => t.TraceId));

    private async Task<List<int>> SpanNumbersAsync(SpanQuery query) => Numbers((await Queries.ListSpansAsync(query)).Items.Select(s => s.SpanId));

    private static List<int> Numbers(IEnumerable<string> ids) => [.. ids.Select(id => Convert.ToInt32(id, 16))];

    private static DateTimeOffset Minute(double minutes) => Samples.Start.AddMinutes(minutes);
}
