// An app of one's own on the embedded build: its agents, tools and hooks in code, beside those of its configuration file.
using AgentFunctions.Local.Cli;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Local;

/// <summary>
/// A program that serves agents, with every command of the embedded executable:
/// <code>return await new AgentApp { Configure = services => services.AddAgentTools&lt;MyTools&gt;() }.RunAsync(args);</code>
/// </summary>
public sealed class AgentApp
{
    /// <summary>The configuration when neither <c>--config</c> nor AGENTFUNCTIONS_CONFIG names one; null for agents.yaml beside the executable.</summary>
    public string? Config { get; init; }

    /// <summary>
    /// Registers what the app has in code: AddAgentTools, AddAgent, hooks. Called before the configuration is read, so that
    /// the file may name what is registered.
    /// </summary>
    public Action<IServiceCollection>? Configure { get; init; }

    /// <summary>Does what the arguments say.</summary>
    /// <returns>The exit code: 0 well, 1 the run or the server failed, 2 wrong usage or configuration.</returns>
    public Task<int> RunAsync(string[] args) => new CommandLine(this).RunAsync(args);
}
