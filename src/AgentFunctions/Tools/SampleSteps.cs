// C# functions that workflows of any file may name: a step and a condition, as examples and for first tries.
using AgentFunctions.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tools;

internal static class SampleSteps
{
    private const int ShortWords = 12;

    public static IServiceCollection AddSampleSteps(this IServiceCollection services) => services
        .AddWorkflowStep("word_count", (call, _) => Task.FromResult<object?>(new { Words = WordsIn(TextOf(call.Input)) }), ToolEffect.Pure)
        .AddWorkflowCondition("is_short", (call, _) => Task.FromResult(WordsIn(TextOf(call.Input)) <= ShortWords));

    private static string TextOf(System.Text.Json.JsonElement input) => Template.TextOf(input);

    private static int WordsIn(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
}
