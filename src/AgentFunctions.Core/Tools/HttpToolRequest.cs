// One HTTP tool call as a request: URL filled, remaining arguments in the query or the body, headers expanded.
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;

namespace AgentFunctions.Tools;

internal static class HttpToolRequest
{
    public const string IdempotencyKeyHeader = "Idempotency-Key";

    /// <exception cref="ArgumentException">An argument does not fit the URL; the message is fit for the model.</exception>
    public static HttpRequestMessage Build(ToolDefinition tool, ToolInvocation invocation, SecretTemplates templates)
    {
        var http = tool.Http!;
        if (!HttpUrlTemplate.TryParse(templates.Expand(http.Url), out var template))
            throw new InvalidOperationException($"The URL of the tool '{tool.Name}' is not an absolute http or https URL.");

        var arguments = JsonObject.Create(invocation.Arguments)!;
        var rest = arguments.Where(a => a.Value is not null && !template.PathArguments.Contains(a.Key) && !template.QueryArguments.Contains(a.Key)).ToList();
        var inQuery = http.Method is "GET" or "HEAD" or "DELETE";
        var request = new HttpRequestMessage(new HttpMethod(http.Method), template.Fill(name => TextOf(arguments[name]), inQuery ? rest.SelectMany(QueryPairs) : []));
        if (!inQuery)
            request.Content = new StringContent(BodyOf(rest), Encoding.UTF8, "application/json");
        foreach (var (name, value) in http.Headers ?? new Dictionary<string, string>())
            SetHeader(request, name, templates.Expand(value));
        if (tool.Effect != ToolEffect.Pure && !request.Headers.Contains(IdempotencyKeyHeader))
            request.Headers.Add(IdempotencyKeyHeader, invocation.IdempotencyKey);
        return request;
    }

    private static string BodyOf(IEnumerable<KeyValuePair<string, JsonNode?>> arguments) =>
        new JsonObject(arguments.Select(a => KeyValuePair.Create(a.Key, a.Value?.DeepClone()))).ToJsonString(AgentJson.Options);

    private static void SetHeader(HttpRequestMessage request, string name, string value)
    {
        // Refused by the request, it is a header of the content.
        if (request.Headers.TryAddWithoutValidation(name, value) || request.Content is null)
            return;
        request.Content.Headers.Remove(name);
        request.Content.Headers.TryAddWithoutValidation(name, value);
    }

    // A list is the same parameter several times.
    private static IEnumerable<KeyValuePair<string, string>> QueryPairs(KeyValuePair<string, JsonNode?> argument) =>
        (argument.Value is JsonArray items ? items.AsEnumerable() : Enumerable.Repeat(argument.Value, 1))
            .Where(item => item is not null)
            .Select(item => KeyValuePair.Create(argument.Key, TextOf(item)!));

    private static string? TextOf(JsonNode? value) => value switch
    {
        null => null,
        JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String => scalar.GetValue<string>(),
        _ => value.ToJsonString(),
    };
}
