using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Configuration;
using AgentFunctions.Tools;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Tools;

/// <summary>The tool runner as an app composes it.</summary>
internal static class ToolTestServices
{
    public static ServiceProvider Build(Action<IServiceCollection>? configure = null, Func<string, string?>? environment = null)
    {
        var services = new ServiceCollection();
        configure?.Invoke(services);
        services.AddAgents(null, environment ?? (_ => null));
        return services.BuildServiceProvider(validateScopes: true);
    }

    public static IToolRunner Runner(this IServiceProvider services) => services.GetRequiredService<IToolRunner>();

    /// <summary>The definition of a tool that is registered in code.</summary>
    public static ToolDefinition Tool(this IServiceProvider services, string name) =>
        new AgentParts(AppConfiguration.Empty, services.GetRequiredService<MethodTools>().Definitions).Tool(name);

    public static ToolInvocation Invocation(string arguments) => new("run_1", "call_1", JsonElement.Parse(arguments), "run_1:1:call_1");

    public static async Task<string> ResultAsync(this IToolRunner runner, ToolDefinition tool, string arguments)
    {
        Assert.Null(runner.Validate(tool, JsonElement.Parse(arguments)));
        var outcome = await runner.RunAsync(tool, Invocation(arguments), CancellationToken.None);
        Assert.True(outcome.Succeeded, $"{outcome.ErrorCode}: {outcome.ErrorMessage}");
        return outcome.Result!.Value.GetRawText();
    }
}
