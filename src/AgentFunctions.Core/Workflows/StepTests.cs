// Conditions and choices of steps, by expression or by C# function.
using System.Text.Json;
using AgentFunctions.Expressions;
using AgentFunctions.Runs;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Workflows;

/// <summary>Something of a step that cannot be done; the step fails with it.</summary>
internal sealed class StepException(RunError error) : Exception(error.Message)
{
    public RunError Error => error;
}

public sealed class StepTests(WorkflowFunctions functions, IServiceScopeFactory scopes)
{
    /// <exception cref="StepException">It is undecided, or the function failed.</exception>
    internal async Task<bool> HoldsAsync(StepTest test, StepAttempt step, JsonElement state, CancellationToken cancellationToken)
    {
        if (test.Function is { } function)
            return await CallAsync(function, step, state, cancellationToken) is true;
        return Expression.Parse(test.Expression!).Test(state) ?? throw new StepException(new RunError(RunErrorCodes.ConditionUndecided,
            $"The condition '{test.Expression}' is neither true nor false: something that it names is missing, or cannot be compared. Ask for '… != null and …' first."));
    }

    /// <summary>A router's choice, as text.</summary>
    /// <exception cref="StepException">The function failed.</exception>
    internal async Task<string> ChooseAsync(StepTest test, StepAttempt step, JsonElement state, CancellationToken cancellationToken) => test.Function is { } function
        ? await CallAsync(function, step, state, cancellationToken) is true ? "true" : "false"
        : Template.TextOf(Expression.Parse(test.Expression!).Evaluate(state)).Trim();

    private async Task<object?> CallAsync(string name, StepAttempt step, JsonElement state, CancellationToken cancellationToken)
    {
        var function = functions.Condition(name) ?? throw new StepException(new RunError(RunErrorCodes.InvalidConfig,
            $"The condition '{name}' is not registered in this version of the app: add it with AddWorkflowCondition."));
        await using var scope = scopes.CreateAsyncScope();
        try
        {
            return await function.Run(
                new StepCall(step.RunId, step.StepId, step.IdempotencyKey, state.GetProperty("input"), state, scope.ServiceProvider), cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw new StepException(new RunError(RunErrorCodes.StepFailed, $"The condition '{name}' failed: {e.Message}"));
        }
    }
}
