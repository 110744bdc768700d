using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace AgentFunctions.Tests.FaultHost;

/// <summary>Functions that never end and do not care for being cancelled. Each says on the console that it runs.</summary>
public static class EndlessFunctions
{
    [Function("CallDeaf")]
    public static Task CallDeaf([OrchestrationTrigger] TaskOrchestrationContext context) => context.CallActivityAsync("Deaf");

    [Function("Deaf")]
    public static Task Deaf([ActivityTrigger] FunctionContext context)
    {
        Console.WriteLine($"{context.FunctionDefinition.Name} runs");
        return new TaskCompletionSource().Task;
    }

    [Function("Loop")]
    public static Task Loop([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        Console.WriteLine($"{context.Name} runs");
        while (context.InstanceId.Length > 0)
        {
            // for ever
        }
        return Task.CompletedTask;
    }
}
