// Small readings of the run store that several callers share.
using AgentFunctions.Agents;
using AgentFunctions.Models;

namespace AgentFunctions.Runs;

public static class RunStoreExtensions
{
    /// <summary>The latest text of the model; null when it said none.</summary>
    public static async Task<string?> LastTextAsync(this IRunStore runs, string runId, CancellationToken cancellationToken)
    {
        var messages = await runs.GetMessagesAsync(runId, cancellationToken);
        return messages.LastOrDefault(m => m.Message.Role == "assistant" && m.Message.Text.Length > 0)?.Message.Text;
    }

    /// <summary>What the run works on: its input as pre-hooks left it.</summary>
    public static async Task<string> InputAsync(this IRunStore runs, RunRecord run, CancellationToken cancellationToken)
    {
        var messages = await runs.GetMessagesAsync(run.RunId, cancellationToken);
        return messages.FirstOrDefault(m => m.Message.Role == "user" && m.Message.Text.Length > 0)?.Message.Text ?? run.Input;
    }

    /// <summary>The images of the run's input.</summary>
    public static async Task<IReadOnlyList<MessagePart>> InputImagesAsync(this IRunStore runs, string runId, CancellationToken cancellationToken)
    {
        var messages = await runs.GetMessagesAsync(runId, cancellationToken);
        return [.. messages.Where(m => m.Step == 0).SelectMany(m => m.Message.Parts).Where(p => p.Type is MessagePart.BlobType or MessagePart.UriType)];
    }

    /// <summary>What the run's tools did, in the order in which they ended.</summary>
    public static async Task<IReadOnlyList<ToolStepResult>> ToolCallsAsync(this IRunStore runs, string runId, CancellationToken cancellationToken) =>
    [
        .. from result in await runs.GetResultsAsync(runId, cancellationToken)
           where result.Key.StartsWith("tool:", StringComparison.Ordinal)
           select AgentJson.Deserialize<ToolStepResult>(result.ResultJson),
    ];

    /// <summary>The run, which must exist: activities only ever get ids of stored runs.</summary>
    public static async Task<RunRecord> RequireAsync(this IRunStore runs, string runId, CancellationToken cancellationToken) =>
        await runs.GetAsync(runId, cancellationToken) ?? throw new KeyNotFoundException($"There is no run '{runId}' in the run store.");

    /// <summary>The tool call as the model asked for it: the step's message, which must be stored.</summary>
    public static async Task<MessagePart> FindCallAsync(this IRunStore runs, ToolStep step, CancellationToken cancellationToken)
    {
        var messages = await runs.GetMessagesAsync(step.RunId, cancellationToken);
        return messages.Where(m => m.Step == step.Step && m.Message.Role == "assistant")
            .SelectMany(m => m.Message.Parts)
            .First(p => p.Type == MessagePart.ToolCallType && p.Id == step.CallId);
    }
}
