// From a model definition to the client that calls it.
using System.ClientModel.Primitives;
using System.Collections.Concurrent;
using AgentFunctions.Agents;
using AgentFunctions.Configuration;
using AgentFunctions.Models.Limits;
using AgentFunctions.Models.Providers;
using AgentFunctions.Models.Scripted;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry.Metrics;
using Anthropic;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;

namespace AgentFunctions.Models;

/// <summary>
/// Clients of every provider on one pool of connections, one client per definition and key. No client retries: retries
/// belong to the run, where they are durable and visible.
/// </summary>
public sealed class ModelClients(TimeProvider time, Func<string, string?> environment, AgentMeter? meter = null) : IModelClients, IDisposable
{
    // The SDKs want some key; servers on one's own machine ignore it.
    private const string NoKey = "none";

    // A redirect is not followed: it would carry the key to wherever it points.
    private readonly SocketsHttpHandler _connections = new()
    {
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        AllowAutoRedirect = false,
        UseCookies = false,
    };

    private readonly ConcurrentDictionary<(string Model, string? Key), IChatClient> _clients = new();
    private readonly ModelLimiters _limiters = new(time, meter);

    public IChatClient Get(ModelDefinition model)
    {
        var client = model.Provider == ScriptedChatClient.Provider ? new ScriptedChatClient(model, time) : Shared(model);
        return _limiters.Find(model) is { } limiter ? new LimitedChatClient(client, model, limiter) : client;
    }

    public void Dispose() => _connections.Dispose();

    // As JSON a definition is equal by value, also when it was read from a store again; the script and the chain are no part
    // of the client, and the key is not in the JSON.
    private IChatClient Shared(ModelDefinition model)
    {
        var key = ExpandKey(model);
        return _clients.GetOrAdd((AgentJson.Serialize(model with { Script = null, Fallbacks = null }), key), _ => Create(model, key));
    }

    private IChatClient Create(ModelDefinition model, string? key)
    {
        IChatClient client;
        if (model.Provider == "anthropic")
            client = CreateAnthropic(model, key);
        else if (ProviderPreset.For(model) is { } preset)
            client = CreateOpenAI(model, preset, key);
        else
            throw Unusable(model, $"provider '{model.Provider}' is not known; use one of: scripted, anthropic, {string.Join(", ", ProviderPreset.Names)}");
        return client;
    }

    private OpenAIChatClientAdapter CreateOpenAI(ModelDefinition model, ProviderPreset preset, string? key)
    {
        var options = new OpenAIClientOptions
        {
            Endpoint = Endpoint(model, preset.BaseUrl),
            Transport = new HttpClientPipelineTransport(Http(model, key)),
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
        };
        var client = new ChatClient(model.Model, new System.ClientModel.ApiKeyCredential(Present(key)), options);
        return new OpenAIChatClientAdapter(client, model, preset, new SecretRedaction(key));
    }

    private AnthropicChatClientAdapter CreateAnthropic(ModelDefinition model, string? key)
    {
        // Everything that the SDK would else take from its own environment variables is set.
        var client = new AnthropicClient
        {
            ApiKey = Present(key),
            AuthToken = null,
            BaseUrl = Endpoint(model, model.BaseUrl ?? "https://api.anthropic.com").ToString().TrimEnd('/'),
            HttpClient = Http(model, key),
            MaxRetries = 0,
            // Of the whole call; ours is of silence. The SDK tells it to the server, so it is no Infinite (-1 ms).
            Timeout = TimeSpan.FromDays(1),
        };
        return new AnthropicChatClientAdapter(client, model, new SecretRedaction(key));
    }

    private HttpClient Http(ModelDefinition model, string? key) =>
        new(new ProviderHttpHandler(model, new SecretRedaction(key), time) { InnerHandler = _connections }, disposeHandler: false)
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };

    private string? ExpandKey(ModelDefinition model)
    {
        try
        {
            return model.ApiKey is null ? null : VariableTemplate.Expand(model.ApiKey, environment);
        }
        catch (VariableTemplateException e)
        {
            throw Unusable(model, $"its api_key cannot be read: {e.Message}", e);
        }
    }

    private static string Present(string? key) => string.IsNullOrWhiteSpace(key) ? NoKey : key;

    private static Uri Endpoint(ModelDefinition model, string? baseUrl)
    {
        if (baseUrl is null)
            throw Unusable(model, $"provider '{model.Provider}' needs a base_url");
        return Uri.TryCreate(baseUrl, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw Unusable(model, $"base_url '{baseUrl}' is not an http(s) URL");
    }

    private static ModelException Unusable(ModelDefinition model, string why, Exception? inner = null) =>
        new(RunErrorCodes.InvalidConfig, $"Model '{model.Key}' cannot be used: {why}.", retryable: false, inner);
}
