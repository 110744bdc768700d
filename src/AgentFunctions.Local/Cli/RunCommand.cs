// `run AGENT "INPUT"`: streams one run to the terminal, then draws its trace.
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Embedded.Sqlite;
using Spectre.Console;

namespace AgentFunctions.Local.Cli;

public sealed record RunArguments(string Agent, string Input, string? Session, string? Model);

/// <summary>
/// Uses the server that already holds the data folder when there is one; else starts one for this run on a free port.
/// </summary>
internal static class RunCommand
{
    public static Task<int> RunAsync(ServeOptions options, RunArguments arguments, CancellationToken cancellationToken) =>
        LocalHost.GuardAsync(async () =>
        {
            try
            {
                await using var host = await LocalHost.StartAsync(options with { Urls = "http://127.0.0.1:0" }, quiet: true, cancellationToken);
                return await StreamAsync(host.Address, arguments, cancellationToken);
            }
            catch (DataDirectoryInUseException e) when (e.Owner?.Url is { } running)
            {
                return await StreamAsync(new Uri(running), arguments, cancellationToken);
            }
        });

    private static async Task<int> StreamAsync(Uri server, RunArguments arguments, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
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
