// The `tools` section: HTTP tools declared in the file.
using System.Text.Json;
using AgentFunctions.Tools;

namespace AgentFunctions.Configuration;

internal static class ToolSection
{
    private static readonly string[] _methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

    public static IReadOnlyList<ToolDefinition> Read(ConfigMap root, IReadOnlyCollection<ToolDefinition> registeredTools)
    {
        var tools = new List<ToolDefinition>();
        foreach (var value in root.Get("tools")?.List() ?? [])
        {
            if (value.Map() is not { } map)
                continue;
            var tool = ReadTool(map);
            if (tool.Name.Length > 0 && tools.Any(other => other.Name == tool.Name))
                map.Get("name")!.AddProblem($"there is already a tool '{tool.Name}'");
            if (registeredTools.Any(other => other.Name == tool.Name))
                map.Get("name")!.AddProblem($"a tool '{tool.Name}' is already registered in code");
            tools.Add(tool);
        }

        return tools;
    }

    private static ToolDefinition ReadTool(ConfigMap map)
    {
        var name = map.Require("name")?.Name() ?? "";
        var parameters = SchemaSection.Read(map.Get("parameters"));
        var http = map.Require("http") is { } value && value.Map() is { } entry ? ReadHttp(entry, parameters) : null;
        var tool = new ToolDefinition
        {
            Name = name,
            Description = map.Get("description")?.Text() ?? "",
            Parameters = parameters,
            Http = http,
            RateLimit = LimitSection.ReadRate(map.Get("rate_limit")),
            CircuitBreaker = LimitSection.ReadCircuit(map.Get("circuit_breaker")),
            Effect = map.Get("effect") is { } effect ? ReadEffect(effect) : DefaultEffect(http?.Method),
        };
        tool = tool with { TimeoutSeconds = map.Get("timeout_seconds")?.Integer(1, 3600) ?? tool.TimeoutSeconds };
        tool = tool with { Approval = ApprovalSection.Read(map.Get("approval"), parameters), OnUnknown = ReadOnUnknown(map.Get("on_unknown")) };
        map.End();
        return tool;
    }

    private static HttpToolDefinition ReadHttp(ConfigMap map, JsonElement parameters)
    {
        var method = map.Require("method")?.OneOf(_methods) ?? "GET";
        var url = map.Require("url");
        var http = new HttpToolDefinition(method, url?.Secret() ?? "", map.Get("headers")?.Secrets());
        map.End();
        if (http.Url.Length > 0)
            CheckUrl(url!, parameters);
        return http;
    }

    private static void CheckUrl(ConfigValue url, JsonElement parameters)
    {
        if (!HttpUrlTemplate.TryParse(url.Text()!, out var template))
        {
            url.AddProblem("must be an absolute http or https URL with {arguments} in its path and query only");
            return;
        }

        var properties = parameters.TryGetProperty("properties", out var members) && members.ValueKind == JsonValueKind.Object
            ? members.EnumerateObject().Select(p => p.Name).ToList() : [];
        var required = parameters.TryGetProperty("required", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(e => e.ToString()).ToList() : [];
        foreach (var argument in template.PathArguments.Concat(template.QueryArguments).Except(properties))
            url.AddProblem($"'{{{argument}}}' is not one of the tool's parameters", Spelling.Nearest(argument, properties));
        foreach (var argument in template.PathArguments.Intersect(properties).Except(required))
            url.AddProblem($"'{{{argument}}}' is part of the path, so it must be listed in `parameters.required`");
    }

    private static UnknownOutcome? ReadOnUnknown(ConfigValue? value) => value?.OneOf("model", "person") switch
    {
        "model" => UnknownOutcome.Model,
        "person" => UnknownOutcome.Person,
        _ => null,
    };

    public static ToolEffect ReadEffect(ConfigValue value) => value.OneOf("once", "idempotent", "pure") switch
    {
        "pure" => ToolEffect.Pure,
        "idempotent" => ToolEffect.Idempotent,
        _ => ToolEffect.Once,
    };

    // What HTTP promises of each method.
    private static ToolEffect DefaultEffect(string? method) => method switch
    {
        "GET" or "HEAD" => ToolEffect.Pure,
        "PUT" or "DELETE" => ToolEffect.Idempotent,
        _ => ToolEffect.Once,
    };
}
