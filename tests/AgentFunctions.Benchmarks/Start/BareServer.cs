// The anchor of the cold start: an ASP.NET Core app that answers one route, on the same SDK.
using Microsoft.AspNetCore.Builder;

namespace AgentFunctions.Benchmarks.Start;

internal static class BareServer
{
    /// <summary>What makes this program that server.</summary>
    public const string Argument = "bare-server";

    public static int Run(string url)
    {
        var app = WebApplication.Create();
        app.Urls.Add(url);
        app.MapGet(ColdStartBenchmark.Route, () => "hello");
        app.Run();
        return 0;
    }
}
