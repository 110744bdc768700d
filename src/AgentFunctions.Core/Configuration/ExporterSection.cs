// The exporters, in the long form (`exporters`), the short one (`exporter`, `endpoint`, `headers`) and `llm_observability`.
using AgentFunctions.Telemetry.Export;

namespace AgentFunctions.Configuration;

internal static class ExporterSection
{
    // Of `only.types`: the kinds of OpenInference.
    private static readonly string[] _kinds = ["AGENT", "LLM", "TOOL", "CHAIN", "RETRIEVER", "RERANKER", "EMBEDDING", "GUARDRAIL", "EVALUATOR"];

    private static readonly TimeSpan _millisecond = TimeSpan.FromMilliseconds(1);

    public static IReadOnlyList<ExporterDefinition> Read(ConfigMap map)
    {
        var exporters = new List<ExporterDefinition>();
        if (ReadShortForm(map) is { } single)
            exporters.Add(single);
        if (map.Get("llm_observability")?.Map() is { } llm && ReadLlmObservability(llm) is { } copy)
            exporters.Add(copy);
        foreach (var item in map.Get("exporters")?.List() ?? [])
        {
            if (item.Map() is not { } entry || ReadExporter(item, entry) is not { } exporter)
                continue;
            if (exporters.Any(other => other.Name == exporter.Name))
                item.AddProblem($"there is already an exporter '{exporter.Name}'; give this one a `name` of its own");
            exporters.Add(exporter);
        }

        return exporters;
    }

    private static ExporterDefinition? ReadShortForm(ConfigMap map)
    {
        var exporter = map.Get("exporter");
        if (exporter is null)
        {
            (map.Get("endpoint") ?? map.Get("headers"))?.AddProblem("needs `exporter` beside it");
            return null;
        }

        var type = TypeOf(exporter);
        var definition = ReadDestination(exporter, map, type, "default");
        return type.Name == ExporterTypes.None ? null : definition;
    }

    // The other way to write a Langfuse exporter.
    private static ExporterDefinition? ReadLlmObservability(ConfigMap map)
    {
        var enabled = map.Get("enabled")?.Flag() ?? true;
        var provider = map.Require("provider");
        provider?.OneOf(ExporterTypes.Langfuse.Name);
        if (!enabled || provider is null)
        {
            foreach (var key in ExporterTypes.Langfuse.Settings.Select(setting => setting.Key).Append("endpoint").Append("headers"))
                _ = map.Get(key);
            map.End();
            return null;
        }

        var definition = ReadDestination(provider, map, ExporterTypes.Langfuse, "llm_observability");
        map.End();
        return definition;
    }

    private static ExporterDefinition? ReadExporter(ConfigValue item, ConfigMap map)
    {
        var named = map.Require("type");
        var type = named is null ? ExporterTypes.Find(ExporterTypes.None)! : TypeOf(named);
        var definition = ReadDestination(item, map, type, map.Get("name")?.Text() ?? type.Name);
        definition = ReadBatch(map.Get("batch")?.Map(), ReadTransport(map, type, definition)) with
        {
            Only = ReadSelection(map.Get("only")?.Map()),
            Content = map.Get("content")?.Flag(),
            MaxContentChars = map.Get("max_content_chars")?.Integer(100),
            Redaction = RedactionSection.Read(map.Get("redaction")),
            Aliases = RedactionSection.ReadAliases(map.Get("aliases")),
            SamplingRate = map.Get("sampling_rate")?.Number(0, 1) ?? definition.SamplingRate,
        };
        RefuseForeignSettings(map, type);
        map.End();
        return type.Name == ExporterTypes.None ? null : definition;
    }

    private static ExporterType TypeOf(ConfigValue value) =>
        ExporterTypes.Find(value.OneOf(ExporterTypes.Names)) ?? ExporterTypes.Find(ExporterTypes.None)!;

    // Where to send to and how to sign in. Keys that are missing are looked for in the variables of the back end's own tools.
    private static ExporterDefinition ReadDestination(ConfigValue place, ConfigMap map, ExporterType type, string name)
    {
        var (endpoint, headers) = (map.Get("endpoint"), map.Get("headers"));
        if (type.Otlp is null)
            (endpoint ?? headers)?.AddProblem($"belongs to exporters that send OTLP, not to `{type.Name}`");
        var values = new Dictionary<string, string>();
        foreach (var setting in type.Settings)
        {
            var isNeeded = (setting.IsCredential && headers is null) || (setting.IsAddress && endpoint is null);
            if (ReadSetting(place, map, setting, isNeeded) is { } value)
                values[setting.Key] = value;
        }

        return new ExporterDefinition
        {
            Name = name,
            Type = type.Name,
            Endpoint = endpoint is null ? ReadUsualEndpoint(place, map, type) : endpoint.Url(),
            Headers = headers?.Secrets() ?? new Dictionary<string, string>(),
            Settings = values,
        };
    }

    // What the file says about the address wins over the variable.
    private static string? ReadUsualEndpoint(ConfigValue place, ConfigMap map, ExporterType type)
    {
        if (type.Settings.Any(setting => setting.IsAddress && map.Has(setting.Key)))
            return null;
        return type.Otlp?.EndpointVariables.FirstOrDefault(place.File.IsSet) is { } variable ? place.UrlOf(variable) : null;
    }

    private static string? ReadSetting(ConfigValue place, ConfigMap map, ExporterSetting setting, bool isNeeded)
    {
        if (map.Get(setting.Key) is { } value)
            return setting.Words is null ? value.Secret() : value.OneOf(setting.Words);
        if (setting.Variable is { } variable && place.File.IsSet(variable))
            return $"${{{variable}}}";
        if (setting.Words is not null)
            return setting.Words[0];
        return isNeeded
            ? place.AddProblem($"needs `{setting.Key}`" + (setting.Variable is null ? "" : $", or the environment variable {setting.Variable}"))
            : null;
    }

    private static ExporterDefinition ReadTransport(ConfigMap map, ExporterType type, ExporterDefinition definition)
    {
        if (type.Otlp is not { } otlp)
            return definition;
        return definition with
        {
            Protocol = map.Get("protocol")?.OneOf(otlp.Grpc ? ["grpc", "http/protobuf"] : ["http/protobuf"]),
            Gzip = map.Get("compression")?.OneOf("gzip", "none") == "gzip",
            Timeout = map.Get("timeout")?.Duration(_millisecond),
        };
    }

    private static SpanSelection ReadSelection(ConfigMap? map)
    {
        if (map is null)
            return SpanSelection.All;
        var selection = new SpanSelection
        {
            Types = Words(map.Get("types"), item => item.OneOf(_kinds)),
            Operations = Words(map.Get("operations"), item => item.Text()),
            Agents = Words(map.Get("agents"), item => item.Name()),
            Errors = map.Get("errors")?.Flag() ?? false,
            MinDuration = map.Get("min_duration")?.Duration(TimeSpan.Zero) ?? TimeSpan.Zero,
        };
        map.End();
        return selection;
    }

    private static ExporterDefinition ReadBatch(ConfigMap? map, ExporterDefinition definition)
    {
        if (map is null)
            return definition;
        var (queue, batch) = (map.Get("max_queue_size"), map.Get("max_export_batch_size"));
        var batched = definition with
        {
            MaxQueueSize = queue?.Integer(1, 1_000_000),
            MaxExportBatchSize = batch?.Integer(1, 100_000),
            ScheduleDelayMs = map.Get("schedule_delay_ms")?.Integer(1, 3_600_000),
        };
        map.End();
        if (batched.MaxExportBatchSize > batched.MaxQueueSize)
            batch!.AddProblem($"a batch ({batched.MaxExportBatchSize}) cannot be larger than the queue ({batched.MaxQueueSize})");
        return batched;
    }

    private static void RefuseForeignSettings(ConfigMap map, ExporterType type)
    {
        foreach (var key in ExporterTypes.All.SelectMany(other => other.Settings).Select(setting => setting.Key).Except(type.Settings.Select(s => s.Key)))
        {
            var owners = ExporterTypes.All.Where(other => other.Settings.Any(setting => setting.Key == key)).Select(other => other.Name);
            if (map.Has(key))
                map.Get(key)?.AddProblem($"belongs to exporters with `type: {string.Join("` or `", owners)}` only");
        }
    }

    private static List<string> Words(ConfigValue? list, Func<ConfigValue, string?> read) => [.. (list?.List() ?? []).Select(read).OfType<string>()];
}
