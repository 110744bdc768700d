// Refuses texts that are too long.
namespace AgentFunctions.Hooks.Guardrails;

internal sealed class MaxLengthGuardrail(int max) : IRunHook
{
    public ValueTask<HookVerdict> CheckAsync(RunHookContext context, CancellationToken cancellationToken) => ValueTask.FromResult(
        context.Text.Length <= max ? HookVerdict.Pass : HookVerdict.Block($"The text has {context.Text.Length} characters; at most {max} are allowed."));
}
