// Steps that are C# functions: run as their effect demands, their result kept.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Tools;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Workflows;

/// <summary>What a function gave, stored under <see cref="KeyOf"/>.</summary>
internal sealed record FunctionResult(JsonNode? Output, RunError? Error = null)
{
    public static string KeyOf(StepAttempt step) => $"function:{step.Address}";
}

/// <summary>
/// What the RunFunction activity does. A finished call is answered from the store; a <c>once</c> function that an earlier
/// delivery began and did not finish is not run again: the step fails with OUTCOME_UNKNOWN.
/// </summary>
public sealed class StepFunctions(
    IRunStore runs, DefinitionResolver definitions, WorkflowFunctions functions, RunCancellation cancellation, IServiceScopeFactory scopes, TimeProvider time)
{
    /// <returns>Null when the function succeeded.</returns>
    public async Task<RunError?> RunAsync(StepAttempt step, CancellationToken cancellationToken)
    {
        var key = FunctionResult.KeyOf(step);
        if (await runs.GetResultAsync(step.RunId, key, cancellationToken) is { } known)
            return AgentJson.Deserialize<FunctionResult>(known).Error;
        var run = await runs.RequireAsync(step.RunId, cancellationToken);
        var definition = (await definitions.ResolveAsync(run.DefinitionHash, cancellationToken)).Workflow!.Step(step.StepId);
        var result = await ExecuteAsync(run, step, definition, cancellationToken);
        var committed = await runs.CommitAsync(new RunCommit(run.RunId, key, AgentJson.Serialize(result)), cancellationToken);
        return AgentJson.Deserialize<FunctionResult>(committed.ResultJson).Error;
    }

    private async Task<FunctionResult> ExecuteAsync(RunRecord run, StepAttempt step, WorkflowStep definition, CancellationToken cancellationToken)
    {
        if (functions.Step(definition.Target!) is not { } function)
            return Failed(RunErrorCodes.InvalidConfig, $"The function '{definition.Target}' is not registered in this version of the app: add it with AddWorkflowStep.");
        using var cancel = await cancellation.WatchAsync(run.RunId, cancellationToken);
        if (cancel.RunWasCancelled)
            return Failed(RunErrorCodes.RunCancelled, "The run was cancelled before the function began.");
        if (function.Effect == ToolEffect.Once && !await MarkStartedAsync(step, cancellationToken))
            return Failed(RunErrorCodes.OutcomeUnknown,
                $"The function '{function.Name}' was begun and then interrupted; whether it took effect is not known. It was not repeated.");
        return await InvokeAsync(function, run, step, definition, cancel, cancellationToken);
    }

    private async Task<FunctionResult> InvokeAsync(
        WorkflowFunction function, RunRecord run, StepAttempt step, WorkflowStep definition, RunCancellationWatch cancel, CancellationToken cancellationToken)
    {
        var begun = AgentJson.Deserialize<StepBegun>((await runs.GetResultAsync(run.RunId, step.BegunKey, cancellationToken))!);
        var state = await WorkflowState.ReadAsync(runs, run, step.Iteration, cancellationToken);
        using var limit = new CancellationTokenSource(definition.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel.Token, limit.Token);
        await using var scope = scopes.CreateAsyncScope();
        var call = new StepCall(run.RunId, step.StepId, step.IdempotencyKey, JsonSerializer.SerializeToElement(begun.Input), state, scope.ServiceProvider);
        try
        {
            // A function that blocks or ignores its token must not hold the run beyond its time.
            var output = await Task.Run(() => function.Run(call, either.Token), either.Token).WaitAsync(either.Token);
            return new FunctionResult(JsonSerializer.SerializeToNode(output, AgentJson.Options));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException) when (cancel.RunWasCancelled)
        {
            return Failed(RunErrorCodes.RunCancelled, "The run was cancelled while the function ran.");
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return Failed(RunErrorCodes.StepTimeout, $"The function '{function.Name}' did not finish within {definition.TimeoutSeconds} s.");
        }
        catch (Exception e)
        {
            return Failed(RunErrorCodes.StepFailed, $"The function '{function.Name}' failed with {e.GetType().Name}: {e.Message}");
        }
    }

    private async Task<bool> MarkStartedAsync(StepAttempt step, CancellationToken cancellationToken)
    {
        var mark = new RunCommit(step.RunId, $"started:{step.Address}", AgentJson.Serialize(new WorkBegun(time.GetUtcNow())));
        return (await runs.CommitAsync(mark, cancellationToken)).Committed;
    }

    private static FunctionResult Failed(string code, string message) => new(Output: null, new RunError(code, message));
}
