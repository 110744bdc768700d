// Runs, messages, events and spans to store: only what a test is about differs.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Tools;
using AgentFunctions.Traces;

namespace AgentFunctions.Tests.Storage;

internal static class Samples
{
    /// <summary>Text that breaks what assumes ASCII, one UTF-16 unit a character, or text without quotes and NUL.</summary>
    public const string Unicode = "Grüße, 東京 🚀 'quoted' \"twice\" \\ \0 line\nbreak \u200d é é";

    public static DateTimeOffset Start { get; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static RunRecord Run(string id, int minute = 0) => new()
    {
        RunId = id,
        AgentId = "weather",
        DefinitionHash = "0a1b",
        SessionId = $"session of {id}",
        Input = "How is the weather?",
        Model = "gpt-4o-mini",
        TraceId = "0af7651916cd43dd8448eb211c80319c",
        CreatedAt = Start.AddMinutes(minute),
    };

    public static NewRunEvent Event(string type, string? key = null, string text = "") =>
        new(type, new JsonObject { ["text"] = text }, Start, key);

    public static NewMessage Message(string key, string text, int step = 1) => new(key, step, AgentFunctions.Models.Message.User(text), Start);

    /// <summary>A string of this many characters in which a lost or doubled part shows.</summary>
    public static string LongText(int length) =>
        string.Create(length, 0, (span, _) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = (char)('a' + ((i / 7) + i) % 26);
            }
        });

    public static AgentDefinition Definition(string name) => new()
    {
        Name = name,
        Prompt = Unicode,
        Model = new ModelDefinition { Key = "fast", Provider = "openai", Model = "gpt-4o-mini", Temperature = 0.2 },
        Budget = new RunBudget(Tokens: 20_000, CostUsd: 0.05m, Seconds: 120),
        Tools =
        [
            new ToolDefinition
            {
                Name = "get_weather",
                Parameters = JsonDocument.Parse("""{ "type": "object", "properties": { "city": { "type": "string" } } }""").RootElement,
                Http = new HttpToolDefinition("GET", "https://weather.example/{city}"),
            },
        ],
    };

    public static SpanRecord Span(string traceId, string spanId, string name = "chat", int millisecond = 0) => new()
    {
        TraceId = traceId,
        SpanId = spanId,
        Name = name,
        Kind = 3,
        StartTime = Start.AddMilliseconds(millisecond),
        EndTime = Start.AddMilliseconds(millisecond + 5),
        Attributes = new JsonObject { ["gen_ai.operation.name"] = "chat" },
    };
}
