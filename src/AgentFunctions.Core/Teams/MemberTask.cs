// Where a member's task is found. Orchestrators hand on the reference; the text stays in the run store.
using System.Text.Json;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Workflows;

namespace AgentFunctions.Teams;

/// <summary>What a member is asked. Exactly one is set.</summary>
/// <param name="Call">The leader's tool call whose argument <c>task</c> it is.</param>
/// <param name="Previous">The run of the member before, whose answer is added to the team's input.</param>
/// <param name="Member">The member that the team's input is addressed to.</param>
/// <param name="Step">The step of a workflow whose stored input it is.</param>
public sealed record MemberTask(ToolStep? Call = null, string? Previous = null, string? Member = null, StepAttempt? Step = null);

/// <summary>Reads tasks, and tells the parent's stream of those that are tool calls.</summary>
public sealed class MemberTasks(IRunStore runs, TimeProvider time)
{
    public async Task<string> ReadAsync(RunRecord parent, MemberRequest request, CancellationToken cancellationToken) => request.Task switch
    {
        { Call: { } call } => await OfCallAsync(parent, request, call, cancellationToken),
        { Previous: { } previous } => Continued(await InputAsync(parent, cancellationToken), await runs.RequireAsync(previous, cancellationToken)),
        { Member: { } member } => TeamAddress.Strip(await InputAsync(parent, cancellationToken), member),
        { Step: { } step } => await StepStarter.InputAsync(runs, step, cancellationToken),
        _ => request.Input ?? await InputAsync(parent, cancellationToken),
    };

    private async Task<string> OfCallAsync(RunRecord parent, MemberRequest request, ToolStep step, CancellationToken cancellationToken)
    {
        var call = await runs.FindCallAsync(step, cancellationToken);
        await runs.AppendEventsAsync(parent.RunId, [DelegationEvents.Started(step, call, request.RunId, time.GetUtcNow())], cancellationToken);
        return TextOf(call.Arguments) ?? await InputAsync(parent, cancellationToken);
    }

    // Whatever a model made of the arguments, the member gets it; nothing at all means the team's own task.
    private static string? TextOf(JsonElement? arguments)
    {
        if (arguments is not { } given)
            return null;
        var task = given.ValueKind == JsonValueKind.Object && given.TryGetProperty(DelegationTool.Task, out var named) ? named : given;
        return task.ValueKind switch
        {
            JsonValueKind.String => task.GetString() is { Length: > 0 } text ? text : null,
            JsonValueKind.Object when !task.EnumerateObject().Any() => null,
            _ => task.GetRawText(),
        };
    }

    private Task<string> InputAsync(RunRecord run, CancellationToken cancellationToken) => runs.InputAsync(run, cancellationToken);

    private static string Continued(string input, RunRecord previous) =>
        $"{input}\n\n{previous.AgentId} answered:\n{previous.Content}";
}
