// The alert rules that come with the app: valid, each seen firing, and about metrics that exist.
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using AgentFunctions.Health;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Metrics;
using AgentFunctions.Telemetry.Metrics.Prometheus;
using AgentFunctions.Tests.Deployment;
using AgentFunctions.Tests.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Moq;
using OpenTelemetry.Metrics;

namespace AgentFunctions.Tests.Metrics;

[RequiresPrometheus]
public sealed partial class AlertRulesTests
{
    private static readonly string _folder = Repository.PathOf("infra", "observability");
    private static readonly string _rules = Path.Combine(_folder, "alerts.yml");
    private static readonly string _tests = Path.Combine(_folder, "alerts.test.yml");

    [Fact]
    public async Task Promtool_takes_the_rules_and_the_configuration()
    {
        var (rules, rulesOutput) = await RequiresPrometheusAttribute.PromtoolAsync(["check", "rules", _rules]);
        var (config, configOutput) = await RequiresPrometheusAttribute.PromtoolAsync(["check", "config", Path.Combine(_folder, "prometheus.yml")]);

        Assert.True(rules == 0, rulesOutput);
        Assert.True(config == 0, configOutput);
    }

    [Fact]
    public async Task Each_alert_fires_when_it_should_and_none_when_all_is_well()
    {
        var (exitCode, output) = await RequiresPrometheusAttribute.PromtoolAsync(["test", "rules", _tests]);

        Assert.True(exitCode == 0, output);
        var tests = await File.ReadAllTextAsync(_tests);
        var alerts = Alert().Matches(await File.ReadAllTextAsync(_rules)).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(alerts);
        Assert.All(alerts, alert => Assert.Contains(alert, tests));
    }

    [Fact]
    public async Task The_rules_ask_for_metrics_that_the_app_has()
    {
        await using var services = new RunServices(TimeProvider.System, configure: services => services.AddSingleton(Mock.Of<IHostApplicationLifetime>()));
        var known = PublishedNames(services);

        var asked = Metric().Matches(await File.ReadAllTextAsync(_rules)).Select(match => match.Value).Distinct().ToList();

        Assert.NotEmpty(asked);
        Assert.All(asked, name => Assert.Contains(name, known));
    }

    private static HashSet<string> PublishedNames(RunServices services)
    {
        services.Get<RunMetrics>();
        services.Get<ModelMetrics>();
        services.Get<ToolMetrics>();
        services.Get<RunGauges>();
        services.Get<Readiness>();
        // The counters of drops and failures are the process's own and are made when one is first used.
        services.Get<MetricsPipeline>();
        var names = new HashSet<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == AgentTelemetry.Name)
                names.UnionWith(NamesOf(instrument));
        };
        listener.Start();
        return names;
    }

    private static IEnumerable<string> NamesOf(Instrument instrument)
    {
        var kind = instrument.GetType().Name;
        var type = kind.StartsWith("Counter", StringComparison.Ordinal) ? MetricType.LongSum
            : kind.StartsWith("Histogram", StringComparison.Ordinal) ? MetricType.Histogram : MetricType.DoubleGauge;
        var family = PrometheusNames.FamilyOf(instrument.Name, instrument.Unit ?? "", type);
        return type switch
        {
            MetricType.LongSum => [PrometheusNames.Counter(family)],
            MetricType.Histogram => [$"{family}_bucket", $"{family}_sum", $"{family}_count"],
            _ => [family],
        };
    }

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex Alert();

    [GeneratedRegex(@"(agentfunctions|gen_ai_client|gen_ai_invoke|gen_ai_execute|goai|aixgo)_[a-z_]+")]
    private static partial Regex Metric();
}
