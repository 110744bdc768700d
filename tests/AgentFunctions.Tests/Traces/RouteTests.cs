// Routes of the whole app: the functions host tries them in no order to rely on, so no two may match one path.
using System.Reflection;
using System.Text.RegularExpressions;
using AgentFunctions.Http;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Tests.Traces;

public sealed partial class RouteTests
{
    private static readonly (string Method, string Route)[] _routes =
    [
        .. from method in typeof(Api).Assembly.GetTypes().SelectMany(t => t.GetMethods())
           where method.IsDefined(typeof(FunctionAttribute))
           from trigger in method.GetParameters().Select(p => p.GetCustomAttribute<HttpTriggerAttribute>()).OfType<HttpTriggerAttribute>()
           from verb in trigger.Methods ?? ["any"]
           select (verb, trigger.Route!),
    ];

    [Fact]
    public void A_route_without_parameters_is_matched_by_itself_alone()
    {
        var literal = _routes.Where(r => !r.Route.Contains('{')).ToList();

        Assert.Contains(literal, r => r.Route == "api/v1/traces/export");
        Assert.All(literal, r => Assert.Single(_routes, other => other.Method == r.Method && PatternOf(other.Route).IsMatch(r.Route)));
    }

    // A parameter matches one segment; what its regex constraint looks ahead for goes before.
    private static Regex PatternOf(string route) => new($"^{Parameter().Replace(route, p => $"{p.Groups["regex"].Value.TrimStart('^')}[^/]+")}$");

    [GeneratedRegex(@"\{\w+(:regex\((?<regex>.*)\))?\}")]
    private static partial Regex Parameter();
}
