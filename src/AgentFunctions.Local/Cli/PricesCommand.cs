// `prices`: what each model costs, on which days, and where that is from.
using System.Globalization;
using AgentFunctions.Agents;
using AgentFunctions.Configuration;
using AgentFunctions.Costs;
using AgentFunctions.Models;
using AgentFunctions.Tools;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace AgentFunctions.Local.Cli;

/// <summary>Reads the configuration only: it needs neither a server nor the data folder.</summary>
internal static class PricesCommand
{
    /// <param name="filter">Lists the prices whose key contains it; null lists all.</param>
    public static Task<int> RunAsync(ServeOptions options, string? filter, IAnsiConsole console) => LocalHost.GuardAsync(() =>
    {
        var configuration = Load(options);
        var book = new PriceBook(BuiltInPrices.Table, configuration.Prices);
        console.Write(Table(book.Entries.Where(p => filter is null || p.Entry.Key.Contains(filter, StringComparison.OrdinalIgnoreCase))));
        console.MarkupLineInterpolated($"US dollars per million tokens. Built-in table {book.Version}, as of {book.AsOf:yyyy-MM-dd}; `prices` in agents.yaml goes before it.");
        var now = TimeProvider.System.GetUtcNow();
        foreach (var (agent, model) in configuration.Agents.SelectMany(a => a.Model.Chain().Select(m => (a.Name, m))).Where(used => !book.Knows(used.m, now)))
            console.MarkupLineInterpolated($"[yellow]agent {agent}: no price is known of {model.Provider}/{model.Model}[/]");
        return Task.FromResult(0);
    });

    private static AppConfiguration Load(ServeOptions options)
    {
        var services = new ServiceCollection();
        services.AddAgentTools<SampleTools>();
        return services.AddAgents(options.Config ?? Path.Combine(AppContext.BaseDirectory, "agents.yaml"));
    }

    private static Table Table(IEnumerable<(string Source, PriceEntry Entry)> prices)
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumns("model", "from", "until");
        foreach (var name in (ReadOnlySpan<string>)["input", "cached", "cache write", "output"])
            table.AddColumn(new TableColumn(name).RightAligned());
        table.AddColumn("source");
        foreach (var (source, entry) in prices)
        {
            AddRow(table, Markup.Escape(entry.Key), entry, entry.Rates, source);
            if (entry.LongContext is { } longer)
                AddRow(table, $"  above {longer.Above / 1000}k prompt tokens", entry, longer.Rates, source);
        }

        return table;
    }

    private static void AddRow(Table table, string name, PriceEntry entry, PriceRates rates, string source) => table.AddRow(
        name, $"{entry.From:yyyy-MM-dd}", $"{entry.Until:yyyy-MM-dd}",
        Dollars(rates.Input), Dollars(rates.CachedInput), Dollars(rates.CacheWrite), Dollars(rates.Output), source);

    private static string Dollars(decimal? rate) => rate?.ToString("0.######", CultureInfo.InvariantCulture) ?? "";
}
