using AgentFunctions.Configuration;

namespace AgentFunctions.Telemetry.Export;

/// <summary>From an exporter as it is configured to where it sends to.</summary>
internal static class ExportTargets
{
    private const string LocalGrpc = "http://localhost:4317";
    private const string LocalHttp = "http://localhost:4318";

    /// <param name="exporter">Valid, as the configuration reader leaves it.</param>
    /// <param name="lookup">Expands the <c>${VAR}</c> of headers and keys.</param>
    public static ExportTarget Of(ExporterDefinition exporter, Func<string, string?> lookup)
    {
        var settings = exporter.Settings.ToDictionary(s => s.Key, s => VariableTemplate.Expand(s.Value, lookup));
        if (ExporterTypes.Find(exporter.Type)?.Otlp is { } preset)
            return Otlp(exporter, preset, settings, lookup);
        return exporter.Type == ExporterTypes.Console
            ? new ConsoleTarget(Json: settings.GetValueOrDefault("format") == "json")
            : new BuildTarget(exporter.Type, settings);
    }

    private static OtlpTarget Otlp(ExporterDefinition exporter, OtlpPreset preset, Dictionary<string, string> settings, Func<string, string?> lookup)
    {
        var protocol = preset.Grpc && exporter.Protocol != "http/protobuf" ? OtlpProtocol.Grpc : OtlpProtocol.HttpProtobuf;
        var usual = preset.Grpc ? protocol == OtlpProtocol.Grpc ? LocalGrpc : LocalHttp : preset.Base(settings);
        var target = OtlpTarget.At(WithPath(exporter.Endpoint ?? usual, preset.Path), protocol, Headers(exporter, preset, settings, lookup));
        return target with { Gzip = exporter.Gzip, Timeout = exporter.Timeout ?? target.Timeout };
    }

    // An endpoint may be given with or without the back end's path.
    private static Uri WithPath(string address, string path)
    {
        var uri = new Uri(address);
        return uri.AbsolutePath.Contains(path, StringComparison.Ordinal) ? uri : new Uri(address.TrimEnd('/') + path);
    }

    private static Dictionary<string, string> Headers(
        ExporterDefinition exporter, OtlpPreset preset, Dictionary<string, string> settings, Func<string, string?> lookup)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in preset.Headers(settings))
        {
            if (value is not null)
                headers[name] = value;
        }

        foreach (var (name, template) in exporter.Headers)
            headers[name] = VariableTemplate.Expand(template, lookup);
        return headers;
    }
}
