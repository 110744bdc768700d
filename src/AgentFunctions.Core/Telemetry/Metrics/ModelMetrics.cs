using System.Diagnostics;
using System.Diagnostics.Metrics;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using static AgentFunctions.Telemetry.GenAiAttributes;

namespace AgentFunctions.Telemetry.Metrics;

/// <summary>
/// What model calls cost in time and tokens: the client metrics of GenAI 1.41, the counters of its successor, and GoAI's
/// message count. Call it once for a result that was committed, while the call's span is current.
/// </summary>
public sealed class ModelMetrics
{
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstChunk;
    private readonly Histogram<double> _outputChunk;
    private readonly Histogram<long> _tokens;
    private readonly Histogram<long> _inputPerCall;
    private readonly Histogram<long> _outputPerCall;
    private readonly Counter<long> _input;
    private readonly Counter<long> _output;
    private readonly Counter<long> _cacheRead;
    private readonly Counter<long> _cacheWrite;
    private readonly Counter<long> _reasoning;
    private readonly Gauge<long> _messages;
    private readonly Counter<double> _cost;
    private readonly Counter<long> _unpriced;
    private readonly AixgoMetrics _aixgo;

    public ModelMetrics(AgentMeter agentMeter, AixgoMetrics aixgo)
    {
        _aixgo = aixgo;
        var meter = agentMeter.Meter;
        _duration = Seconds("gen_ai.client.operation.duration", "Time that model calls take.");
        _firstChunk = Seconds("gen_ai.client.operation.time_to_first_chunk", "Time until the first chunk of a streamed answer.");
        _outputChunk = Seconds("gen_ai.client.operation.time_per_output_chunk", "Time of each chunk of a streamed answer after the first.");
        _tokens = TokensPerCall("gen_ai.client.token.usage", "Tokens of model calls, by type.");
        _inputPerCall = TokensPerCall("gen_ai.client.inference.operation.input_tokens", "Input tokens of each model call.");
        _outputPerCall = TokensPerCall("gen_ai.client.inference.operation.output_tokens", "Output tokens of each model call.");
        _input = Tokens("input_tokens", "Input tokens, cached ones included.");
        _output = Tokens("output_tokens", "Output tokens, reasoning included.");
        _cacheRead = Tokens("cache_read.input_tokens", "Input tokens that the provider had in its cache.");
        _cacheWrite = Tokens("cache_write.input_tokens", "Input tokens that the provider wrote to its cache.");
        _reasoning = Tokens("reasoning.output_tokens", "Output tokens of reasoning.");
        _messages = meter.CreateGauge<long>("goai.conversation.message_count", "{message}", "Messages sent with the latest model call, by step; from step 2 on.");
        _cost = meter.CreateCounter<double>("agentfunctions.cost.usd", "{USD}", "What model calls cost in US dollars, as far as it is known.");
        _unpriced = meter.CreateCounter<long>("agentfunctions.cost.unpriced_calls", "{call}", "Model calls whose cost is not or not wholly known.");

        Histogram<double> Seconds(string name, string description) =>
            meter.CreateHistogram(name, "s", description, tags: null, Buckets.CallSeconds);
        Histogram<long> TokensPerCall(string name, string description) =>
            meter.CreateHistogram(name, "{token}", description, tags: null, Buckets.Tokens);
        Counter<long> Tokens(string name, string description) =>
            meter.CreateCounter<long>($"gen_ai.client.inference.usage.{name}", "{token}", description);
    }

    /// <param name="messages">How many messages the call was sent, without the system prompt.</param>
    /// <param name="chunkSeconds">How long each chunk after the first was waited for.</param>
    public void Called(AgentDefinition agent, ModelStepResult result, int messages, IReadOnlyList<double> chunkSeconds)
    {
        var tags = TagsOf(agent, result);
        foreach (var seconds in chunkSeconds)
            _outputChunk.Record(seconds, tags);
        if (result.TimeToFirstChunkSeconds is { } first)
            _firstChunk.Record(first, tags);
        RecordUsage(result.Usage, tags);
        if (ErrorOf(result) is { } error)
            tags.Add(ErrorType, error);
        _duration.Record((result.EndedAt - result.StartedAt).TotalSeconds, tags);
        RecordInference(result.Usage, tags);
        if (result.Step > 1)
            _messages.Record(messages, new KeyValuePair<string, object?>("goai.step", result.Step));
        RecordCost(agent, result);
        _aixgo.ModelCalled(agent, result);
    }

    /// <summary>A word of <see cref="RunErrorCodes"/>; null for a call that succeeded.</summary>
    internal static string? ErrorOf(ModelStepResult result) => result.Status switch
    {
        ModelStepStatus.Succeeded => null,
        ModelStepStatus.Cancelled => result.Error?.Code ?? RunErrorCodes.RunCancelled,
        _ => result.Error?.Code ?? RunErrorCodes.Unknown,
    };

    private static TagList TagsOf(AgentDefinition agent, ModelStepResult result)
    {
        var endpoint = ModelEndpoint.Of(agent.Model);
        var tags = new TagList
        {
            { OperationName, Chat },
            { ProviderName, endpoint.Provider },
            { RequestModel, agent.Model.Model },
        };
        if (result.ResponseModel is { } model)
            tags.Add(ResponseModel, model);
        if (endpoint.Host is { } host)
            tags.Add(ServerAddress, host);
        if (endpoint.Port is { } port)
            tags.Add(ServerPort, port);
        return tags;
    }

    // Of a call without any usage nothing is known: zero would be a claim.
    private void RecordUsage(RunUsage usage, TagList tags)
    {
        if (usage == RunUsage.None)
            return;
        _tokens.Record(usage.PromptTokens, With(tags, "gen_ai.token.type", "input"));
        _tokens.Record(usage.CompletionTokens, With(tags, "gen_ai.token.type", "output"));
    }

    // Here the conventions want a zero for a call that failed.
    private void RecordInference(RunUsage usage, TagList tags)
    {
        _inputPerCall.Record(usage.PromptTokens, tags);
        _outputPerCall.Record(usage.CompletionTokens, tags);
        var text = With(tags, "gen_ai.token.modality", "text");
        _input.Add(usage.PromptTokens, text);
        _output.Add(usage.CompletionTokens, text);
        _cacheRead.Add(usage.CachedTokens, text);
        _cacheWrite.Add(usage.CacheWriteTokens, text);
        _reasoning.Add(usage.ReasoningTokens, text);
    }

    private void RecordCost(AgentDefinition agent, ModelStepResult result)
    {
        var name = new KeyValuePair<string, object?>("agent", agent.Name);
        var model = new KeyValuePair<string, object?>("model", agent.Model.Model);
        _unpriced.Add(result.CostUnknown ? 1 : 0, name, model);
        if (result.CostUsd is { } cost)
            _cost.Add((double)cost, name, model);
    }

    private static TagList With(TagList tags, string key, string value)
    {
        tags.Add(key, value);
        return tags;
    }
}
