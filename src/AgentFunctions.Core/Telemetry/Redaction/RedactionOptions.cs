// What is taken out of content, status messages and events before they are stored or exported.
namespace AgentFunctions.Telemetry.Redaction;

/// <summary>The <c>observability.redaction</c> section, or one exporter's own.</summary>
public sealed record RedactionOptions
{
    /// <summary>Names of <see cref="BuiltInNames"/>.</summary>
    public IReadOnlyList<string> BuiltIn { get; init; } = [];

    public IReadOnlyList<RedactionPattern> Own { get; init; } = [];

    /// <summary>Every rule that ships: <c>keys</c>, <c>bearer</c>, <c>email</c>, <c>card</c>.</summary>
    public static IReadOnlyList<string> BuiltInNames { get; } = ["keys", "bearer", "email", "card"];

    /// <summary>The own store's default: what nobody needs to see again. E-mail and card numbers stay in what is yours.</summary>
    public static RedactionOptions StoreDefault { get; } = new() { BuiltIn = ["keys", "bearer"] };

    /// <summary>The default of copies that leave the app.</summary>
    public static RedactionOptions ExportDefault { get; } = new() { BuiltIn = BuiltInNames };
}

/// <param name="Name">Stands in the marker <c>[REDACTED:name]</c> where the pattern matched.</param>
/// <param name="Pattern">A .NET regular expression.</param>
public sealed record RedactionPattern(string Name, string Pattern);
