// Event ids are what people filter logs and make alerts by: they must be unique and stay.
using System.Reflection;
using AgentFunctions.Local.Cli;
using AgentFunctions.Telemetry;
using AgentFunctions.Tests.Deployment;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Tests.Logging;

public sealed class LogEventTests
{
    private static readonly Assembly[] _assemblies = [typeof(AgentTelemetry).Assembly, typeof(FunctionAttribute).Assembly, typeof(CommandLine).Assembly];

    [Fact]
    public void Every_event_has_an_id_of_its_own()
    {
        var events = Events().ToList();

        Assert.NotEmpty(events);
        Assert.DoesNotContain(events, e => e.Attribute.EventId <= 0);
        Assert.Empty(events.GroupBy(e => e.Attribute.EventId).Where(g => g.Count() > 1)
            .Select(g => $"{g.Key}: {string.Join(", ", g.Select(e => e.Method))}"));
    }

    [Fact]
    public void The_guide_lists_every_event_and_no_other()
    {
        var rows = Events().OrderBy(e => e.Attribute.EventId).Select(e => $"| {e.Attribute.EventId} | {LevelOf(e.Attribute)} | {e.Attribute.Message} |");
        var guide = Repository.Read("docs", "logs.md").Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal) && char.IsAsciiDigit(line[2]));

        Assert.Equal(string.Join('\n', rows), string.Join('\n', guide));
    }

    private static string LevelOf(LoggerMessageAttribute attribute) =>
        attribute.Level == LogLevel.None ? "varies" : attribute.Level.ToString().ToLowerInvariant();

    private static IEnumerable<(string Method, LoggerMessageAttribute Attribute)> Events() =>
        from assembly in _assemblies
        from type in assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        let attribute = method.GetCustomAttribute<LoggerMessageAttribute>()
        where attribute is not null
        select ($"{type.Name}.{method.Name}", attribute);
}
