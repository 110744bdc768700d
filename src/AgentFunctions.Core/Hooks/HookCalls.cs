// Calls hooks of one span one by one: times them, contains their exceptions, and keeps what their spans need.
using AgentFunctions.Runs;
using AgentFunctions.Telemetry.Spans;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Hooks;

/// <param name="run">The run.</param>
/// <param name="step">The step; null for the whole run.</param>
/// <param name="parentPath">The span that the hooks are called within.</param>
internal sealed partial class HookCalls(RunRecord run, int? step, string parentPath, TimeProvider time, ILogger logger)
{
    private readonly List<HookFacts> _facts = [];

    public RunRecord Run => run;

    /// <summary>The calls so far; null when there was none, so that nothing of them is stored.</summary>
    public IReadOnlyList<HookFacts>? Facts => _facts.Count == 0 ? null : _facts;

    /// <summary>Takes over the calls of an earlier delivery.</summary>
    public void Add(IReadOnlyList<HookFacts>? earlier) => _facts.AddRange(earlier ?? []);

    /// <summary>Calls each of the observers.</summary>
    public async Task ObserveAsync(IEnumerable<NamedHook> hooks, string point, Func<IAgentHook, ValueTask> call, CancellationToken cancellationToken)
    {
        foreach (var hook in hooks)
        {
            await AskAsync<object>(hook, point, async h =>
            {
                await call(h);
                return null;
            }, cancellationToken);
        }
    }

    /// <summary>Calls one interceptor.</summary>
    /// <returns>Its answer and its exception, of which one or both are null.</returns>
    public async Task<(T? Answer, Exception? Failure)> AskAsync<T>(
        NamedHook hook, string point, Func<IAgentHook, ValueTask<T?>> call, CancellationToken cancellationToken) where T : class
    {
        var start = time.GetUtcNow();
        try
        {
            var answer = await call(hook.Hook);
            _facts.Add(FactsOf(hook, point, start));
            return (answer, null);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(logger, e, hook.Name, point, run.RunId);
            _facts.Add(FactsOf(hook, point, start) with { Error = new RunError(e.GetType().Name, e.Message) });
            return (null, e);
        }
    }

    /// <summary>Notes what the latest call changed.</summary>
    public void Note(Func<HookFacts, HookFacts> change) => _facts[^1] = change(_facts[^1]);

    // At the root, one point is called once per step.
    private HookFacts FactsOf(NamedHook hook, string point, DateTimeOffset start) => new(hook.Name, point, step ?? 1, start, time.GetUtcNow())
    {
        Step = step,
        ParentPath = parentPath,
    };

    [LoggerMessage(EventId = 1342, Level = LogLevel.Warning, Message = "Hook {Hook} failed at {Point} in run {RunId}")]
    private static partial void LogFailed(ILogger logger, Exception exception, string hook, string point, string runId);
}
