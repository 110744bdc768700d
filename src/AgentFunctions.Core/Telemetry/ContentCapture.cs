using Microsoft.Extensions.Logging;

namespace AgentFunctions.Telemetry;

/// <summary>Reads the variable that other GenAI instrumentations also use to decide about message content in exports.</summary>
public static partial class ContentCapture
{
    public const string Variable = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";

    /// <summary>Whether exported spans carry content. An unknown value warns and means no.</summary>
    public static bool OnSpans(string? value, ILogger logger)
    {
        switch (value?.Trim().ToUpperInvariant())
        {
            case "TRUE" or "SPAN_ONLY" or "SPAN_AND_EVENT":
                return true;
            case null or "" or "FALSE" or "NO_CONTENT" or "EVENT_ONLY":
                return false;
            default:
                LogUnknown(logger, value, Variable);
                return false;
        }
    }

    [LoggerMessage(EventId = 1201, Level = LogLevel.Warning,
        Message = "'{Value}' is no value of {Variable}: exported spans carry no content; use true, SPAN_ONLY, SPAN_AND_EVENT, EVENT_ONLY, NO_CONTENT or false")]
    private static partial void LogUnknown(ILogger logger, string? value, string variable);
}
