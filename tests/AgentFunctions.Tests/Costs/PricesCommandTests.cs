using AgentFunctions.Configuration;
using AgentFunctions.Tests.EndToEnd;

namespace AgentFunctions.Tests.Costs;

/// <summary>`prices` in the terminal.</summary>
public sealed class PricesCommandTests
{
    [Fact]
    public async Task It_lists_models_with_days_rates_and_source_and_names_the_agents_without_a_price()
    {
        using var folder = new TempFolder();
        var config = folder.Write("agents.yaml", """
            models: { own: { provider: ollama, model: llama }, other: { provider: ollama, model: qwen } }
            prices: { ollama/llama: { input: 0.125, output: 0.25 } }
            agents:
              - { name: priced, model: own, prompt: Help. }
              - { name: stranger, model: other, prompt: Help. }
            """);

        var (exitCode, output) = await AppProcess.RunToEndAsync(["prices", "--config", config]);

        Assert.Equal(0, exitCode);
        string[] Row(string key) => [.. output.Split('\n').First(line => line.Contains(key, StringComparison.Ordinal)).Split([' ', '│'], StringSplitOptions.RemoveEmptyEntries)];
        Assert.Equal(["ollama/llama", "0.125", "0.25", "config"], Row("ollama/llama"));
        Assert.Equal(["anthropic/claude-sonnet-5", "2026-09-01", "2", "0.2", "2.5", "10", "builtin"], Row("claude-sonnet-5"));
        Assert.Contains($"Built-in table {BuiltInPrices.Table.Version}", output);
        Assert.Contains("agent stranger: no price is known of ollama/qwen", output);
        Assert.DoesNotContain("agent priced", output);
    }

    [Fact]
    public async Task It_lists_only_what_was_asked_for()
    {
        var (_, output) = await AppProcess.RunToEndAsync(["prices", "claude-opus"]);

        Assert.Contains("anthropic/claude-opus-4-1", output);
        Assert.DoesNotContain("gpt-4o", output);
    }
}
