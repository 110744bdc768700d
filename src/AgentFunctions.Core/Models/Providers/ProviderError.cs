// What a provider's error means for the run: the code, whether to try again, and the words for the person who fixes it.
using System.Text.Json;
using System.Text.RegularExpressions;
using AgentFunctions.Runs;

namespace AgentFunctions.Models.Providers;

/// <summary>An error as a provider told it, in a response or inside a stream.</summary>
/// <param name="Kind">The <c>type</c> and <c>code</c> words of the error, joined; empty when there are none.</param>
internal sealed partial record ProviderError(int? Status, string Kind, string Message)
{
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>From <c>{"error":{"type","code","message"}}</c>, the same without the wrapper, or any text.</summary>
    public static ProviderError FromBody(int? status, string body)
    {
        try
        {
            return FromJson(status, JsonElement.Parse(body));
        }
        catch (JsonException)
        {
            return new ProviderError(status, "", body);
        }
    }

    public static ProviderError FromJson(int? status, JsonElement json)
    {
        // Gemini wraps its error in an array.
        if (json.ValueKind == JsonValueKind.Array && json.GetArrayLength() > 0)
            json = json[0];
        var error = json.Member("error") ?? json;
        if (error.ValueKind != JsonValueKind.Object)
            return new ProviderError(status, "", error.ToString());

        // OpenRouter puts the status of the provider behind it into the code.
        var code = error.Member("code");
        status ??= code is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var value) && value is >= 400 and < 600 ? value : null;
        var kind = $"{error.Member("type")} {code} {error.Member("status")}".Trim();
        return new ProviderError(status, kind, (error.Member("message") ?? error).ToString());
    }

    public ModelException ToException(ModelDefinition model, SecretRedaction secrets, Exception? inner = null)
    {
        var (code, retryable, advice) = Classify(model);
        var status = Status is { } number ? $"HTTP {number}" : "an error in the stream";
        var message = secrets.Clean(Message);
        var text = $"Model '{model.Key}' ({model.Provider}) answered {status}{(message.Length > 0 ? $": {message}" : "")}";
        return new ModelException(code, advice is null ? text : $"{text} — {advice}", retryable, inner)
        {
            HttpStatus = Status,
            RetryAfter = retryable ? RetryAfter : null,
        };
    }

    private (string Code, bool Retryable, string? Advice) Classify(ModelDefinition model)
    {
        if (Is("insufficient_quota", "billing") || Status == 402)
            return (RunErrorCodes.RateLimit, false, "the account's quota is used up; raise it with the provider");
        if (Is("content_filter", "content_policy", "ResponsibleAI"))
            return (RunErrorCodes.ContentModeration, false, null);
        return Status is { } status ? ByStatus(status, model) : ByKind(model);
    }

    private static (string, bool, string?) ByStatus(int status, ModelDefinition model) => status switch
    {
        401 or 403 => (RunErrorCodes.InvalidConfig, false, $"check {KeySource(model)}"),
        404 => (RunErrorCodes.InvalidConfig, false, $"check the model name '{model.Model}' and base_url of models.{model.Key}"),
        408 => (RunErrorCodes.ModelTimeout, true, null),
        409 or 425 => (RunErrorCodes.ApiError, true, null),
        429 => (RunErrorCodes.RateLimit, true, null),
        >= 500 => (RunErrorCodes.ApiError, true, null),
        >= 400 => (RunErrorCodes.InvalidInput, false, null),
        _ => (RunErrorCodes.InvalidConfig, false, $"check base_url of models.{model.Key}: this is not a model endpoint"),
    };

    // An error inside a stream has a type instead of a status; what is not the caller's fault may pass.
    private (string, bool, string?) ByKind(ModelDefinition model) =>
        Is("rate_limit") ? ByStatus(429, model)
        : Is("authentication", "permission", "invalid_api_key") ? ByStatus(401, model)
        : Is("not_found") ? ByStatus(404, model)
        : Is("invalid_request", "request_too_large", "context_length") ? ByStatus(400, model)
        : Is("timeout") ? ByStatus(408, model)
        : ByStatus(500, model);

    private bool Is(params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (Kind.Contains(word, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static string KeySource(ModelDefinition model) =>
        model.ApiKey is null ? $"api_key of models.{model.Key}: none is set"
        : Variable().Match(model.ApiKey) is { Success: true } match ? $"the environment variable {match.Groups[1].Value} (api_key of models.{model.Key})"
        : $"api_key of models.{model.Key}";

    [GeneratedRegex(@"\$\{(\w+)")]
    private static partial Regex Variable();
}
