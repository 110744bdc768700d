// The agent loop as an app writes it: a model activity, a tool activity, and again.
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace AgentFunctions.Benchmarks.Durable;

internal sealed class AgentLoop(LoopContent content, StepClock clock)
{
    /// <summary>Steps of a run in the comparison with the peers.</summary>
    public const int Steps = 10;

    /// <returns>The characters of all answers, so that a lost one shows.</returns>
    [Function(nameof(RunLoop))]
    public static async Task<int> RunLoop([OrchestrationTrigger] TaskOrchestrationContext context, int steps)
    {
        var characters = 0;
        for (var step = 0; step < steps; step++)
        {
            var answer = await context.CallActivityAsync<string>(step % 2 == 0 ? nameof(CallModel) : nameof(CallTool), step);
            characters += answer.Length;
        }

        return characters;
    }

    [Function(nameof(CallModel))]
    public string CallModel([ActivityTrigger] int step, string instanceId) => Answer(step, instanceId);

    [Function(nameof(CallTool))]
    public string CallTool([ActivityTrigger] int step, string instanceId) => Answer(step, instanceId);

    private string Answer(int step, string instanceId)
    {
        clock.Begin(instanceId);
        return content.Of(step);
    }
}
