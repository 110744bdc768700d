using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Telemetry.Export;

/// <summary>The exporters and queue sizes that the standard OTEL_* variables ask for.</summary>
internal sealed partial class OtlpVariables(IConfiguration configuration, ILogger logger)
{
    private const string Prefix = "OTEL_EXPORTER_OTLP_";
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// OTEL_TRACES_EXPORTER lists them (otlp, console, none). Without it there is one, otlp, when an endpoint is set.
    /// </summary>
    public IEnumerable<ExporterOptions> Exporters(ExportView view)
    {
        var named = configuration["OTEL_TRACES_EXPORTER"]?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        if (named.Length == 0)
            named = Value("ENDPOINT") is null ? [] : ["otlp"];
        foreach (var name in named.Distinct())
        {
            if (TargetOf(name) is { } target)
                yield return new ExporterOptions { Name = $"env:{name}", Target = target, View = view };
            else if (name != ExporterTypes.None)
                LogUnknown(name, "OTEL_TRACES_EXPORTER", "otlp, console, none");
        }
    }

    /// <summary>What the exporter says, else OTEL_BSP_*, else the SDK's defaults.</summary>
    public ExportQueueSize SizeOf(ExportQueueOptions queue)
    {
        var size = queue.MaxQueueSize ?? Number("OTEL_BSP_MAX_QUEUE_SIZE") ?? 2048;
        var batch = queue.MaxBatchSize ?? Number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE") ?? 512;
        var delay = (int?)queue.ScheduleDelay?.TotalMilliseconds ?? Number("OTEL_BSP_SCHEDULE_DELAY") ?? 5000;
        return new ExportQueueSize(size, Math.Min(batch, size), delay, Number("OTEL_BSP_EXPORT_TIMEOUT") ?? 30_000);
    }

    private ExportTarget? TargetOf(string name) => name switch
    {
        "otlp" => Otlp(),
        "console" or "stdout" => new ConsoleTarget(Json: false),
        _ => null,
    };

    private OtlpTarget Otlp()
    {
        var protocol = Value("PROTOCOL") is { } word ? ProtocolOf(word) : OtlpProtocol.Grpc;
        var headers = ParseHeaders(Value("HEADERS"));
        var usual = protocol == OtlpProtocol.Grpc ? "http://localhost:4317" : "http://localhost:4318";
        // The endpoint of the one signal is used as it is, the common one is a base.
        var target = configuration[$"{Prefix}TRACES_ENDPOINT"] is { Length: > 0 } exact
            ? new OtlpTarget(new Uri(exact), protocol, headers)
            : OtlpTarget.At(new Uri(Value("ENDPOINT") ?? usual), protocol, headers);
        var timeout = Number($"{Prefix}TRACES_TIMEOUT") ?? Number($"{Prefix}TIMEOUT");
        return target with
        {
            Gzip = Value("COMPRESSION") == "gzip",
            Timeout = timeout is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : _timeout,
        };
    }

    private OtlpProtocol ProtocolOf(string word)
    {
        if (word is not ("grpc" or "http/protobuf"))
            LogUnknown(word, $"{Prefix}PROTOCOL", "grpc, http/protobuf");
        return word == "grpc" ? OtlpProtocol.Grpc : OtlpProtocol.HttpProtobuf;
    }

    // name=value,name=value with percent-encoded values: split first, so that a value may hold an encoded comma.
    private static Dictionary<string, string> ParseHeaders(string? text)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (pair.Split('=', 2, StringSplitOptions.TrimEntries) is [{ Length: > 0 } name, var value])
                headers[Uri.UnescapeDataString(name)] = Uri.UnescapeDataString(value);
        }

        return headers;
    }

    // Of the one signal, else of all signals.
    private string? Value(string name) =>
        configuration[$"{Prefix}TRACES_{name}"] is { Length: > 0 } own ? own
        : configuration[$"{Prefix}{name}"] is { Length: > 0 } common ? common
        : null;

    private int? Number(string variable)
    {
        if (configuration[variable] is not { Length: > 0 } text)
            return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
            return number;
        LogUnknown(text, variable, "a whole number above 0");
        return null;
    }

    [LoggerMessage(EventId = 1206, Level = LogLevel.Warning, Message = "'{Value}' is no value of {Variable} and is passed over; use {Valid}")]
    private partial void LogUnknown(string value, string variable, string valid);
}
