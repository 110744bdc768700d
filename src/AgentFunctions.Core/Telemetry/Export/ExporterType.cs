// The kinds of exporters that `type` can name: what each asks for, and how its back end takes OTLP.
using AgentFunctions.Telemetry.Aliases;

namespace AgentFunctions.Telemetry.Export;

/// <summary>A key of the configuration that one type of exporter has.</summary>
/// <param name="Key">As in agents.yaml.</param>
/// <param name="Variable">The variable that the back end's own tools read; it stands in for a missing key.</param>
internal sealed record ExporterSetting(string Key, string? Variable = null)
{
    /// <summary>Needed to sign in. Headers of the user's own may do instead.</summary>
    public bool IsCredential { get; init; }

    /// <summary>Needed to know where to send to. An endpoint of the user's own may do instead.</summary>
    public bool IsAddress { get; init; }

    /// <summary>The words it may be, the first by default; null for any text.</summary>
    public IReadOnlyList<string>? Words { get; init; }
}

/// <param name="Name">The word for <c>type</c>.</param>
internal sealed record ExporterType(string Name)
{
    public IReadOnlyList<ExporterSetting> Settings { get; init; } = [];

    /// <summary>Null for a type that sends no OTLP.</summary>
    public OtlpPreset? Otlp { get; init; }

    /// <summary>What the back end reads besides the GenAI conventions.</summary>
    public AliasSet Aliases { get; init; }
}

/// <summary>How one back end takes OTLP. The functions get the values of <see cref="ExporterType.Settings"/>, variables expanded.</summary>
/// <param name="Base">Scheme and host, when the configuration has no endpoint.</param>
internal sealed record OtlpPreset(Func<IReadOnlyDictionary<string, string>, string> Base)
{
    /// <summary>Between host and <c>/v1/traces</c>.</summary>
    public string Path { get; init; } = "";

    public Func<IReadOnlyDictionary<string, string>, IEnumerable<(string Name, string? Value)>> Headers { get; init; } = _ => [];

    /// <summary>Variables that name the host, the first that is set.</summary>
    public IReadOnlyList<string> EndpointVariables { get; init; } = [];

    /// <summary>Whether <c>protocol: grpc</c> is possible; the others take OTLP over HTTP only.</summary>
    public bool Grpc { get; init; }
}
