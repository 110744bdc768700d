// The two ends of a workflow's run: shown as under way, and answered.
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Runs;

namespace AgentFunctions.Workflows;

/// <summary>What the BeginWorkflow and EndWorkflow activities do. Safe to repeat: each writes once, under a key.</summary>
public sealed class WorkflowRuns(IRunStore runs, DefinitionResolver definitions, TimeProvider time)
{
    private const string BegunKey = "begun:workflow";
    private const string AnswerKey = "answer";

    /// <returns>The tree of steps that the run is pinned to.</returns>
    public async Task<WorkflowDefinition> BeginAsync(WorkflowBeginning beginning, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await runs.CommitAsync(new RunCommit(beginning.RunId, BegunKey, AgentJson.Serialize(new WorkBegun(now)))
        {
            Change = run => run.IsFinished ? run : run with
            {
                Status = RunStatus.Running,
                StartedAt = run.StartedAt ?? now,
                SessionPosition = beginning.SessionPosition == 0 ? null : beginning.SessionPosition,
            },
        }, cancellationToken);
        var run = await runs.RequireAsync(beginning.RunId, cancellationToken);
        return (await definitions.ResolveAsync(run.DefinitionHash, cancellationToken)).Workflow!;
    }

    /// <summary>Writes the run's answer, unless it is empty.</summary>
    public async Task EndAsync(WorkflowEnd end, CancellationToken cancellationToken)
    {
        var run = await runs.RequireAsync(end.RunId, cancellationToken);
        var text = await AnswerAsync(run, end, cancellationToken);
        if (text.Length == 0)
            return;
        var message = new Message { Role = "assistant", Parts = [MessagePart.OfText(text)], FinishReason = "stop" };
        await runs.CommitAsync(new RunCommit(run.RunId, AnswerKey, "{}")
        {
            Messages = [new NewMessage(AnswerKey, run.Steps, message, time.GetUtcNow())],
        }, cancellationToken);
    }

    private async Task<string> AnswerAsync(RunRecord run, WorkflowEnd end, CancellationToken cancellationToken)
    {
        var workflow = (await definitions.ResolveAsync(run.DefinitionHash, cancellationToken)).Workflow!;
        if (workflow.Output is { } output)
            return Template.Fill(output, await WorkflowState.ReadAsync(runs, run, iteration: null, cancellationToken));
        if (end.LastStep is not { } address)
            return "";
        var stored = await runs.GetResultAsync(run.RunId, StepResult.KeyPrefix + address, cancellationToken);
        var result = AgentJson.Deserialize<StepResult>(stored!);
        return result.Output is { } json ? Template.TextOf(System.Text.Json.JsonSerializer.SerializeToElement(json)) : "";
    }
}
