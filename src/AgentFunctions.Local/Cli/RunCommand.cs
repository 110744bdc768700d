// `run AGENT "INPUT"`: streams one run to the terminal, then draws its trace.
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace AgentFunctions.Local.Cli;

public sealed record RunArguments(string Agent, string Input, string? Session, string? Model);

/// <summary>A run on a server: see <see cref="CommandServer"/> for which one.</summary>
internal static class RunCommand
{
    /// <param name="named">Whether the user gave an address.</param>
    public static Task<int> RunAsync(ServeOptions options, bool named, RunArguments arguments, CancellationToken cancellationToken) =>
        LocalHost.GuardAsync(async () =>
        {
            await using var server = await CommandServer.OpenAsync(options, named, cancellationToken);
            return await StreamAsync(server.Http, arguments, cancellationToken);
        });

    private static async Task<int> StreamAsync(HttpClient http, RunArguments arguments, CancellationToken cancellationToken)
    {
        using var client = new RunClient(http);
        var console = Terminal.Output();
        var printer = new RunPrinter(console);
        try
        {
            await foreach (var (type, data) in client.StreamAsync(arguments, cancellationToken))
                printer.Print(type, data);
        }
        catch (RunRefusedException e)
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }

        var trace = await http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{client.RunId}/trace", cancellationToken);
        console.Write(TraceTreeView.Draw(trace!));
        console.MarkupLineInterpolated($"[grey]run {client.RunId}[/]");
        return printer.Failed ? 1 : 0;
    }
}
