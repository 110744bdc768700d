// Listeners of their own for metrics and probes, so that a network can open them to other callers than the API.
using AgentFunctions.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace AgentFunctions.Local.Hosting;

/// <summary>
/// The ports of <c>observability.metrics_port</c> and <c>health_port</c>, on the host of the first of <c>--urls</c>. Each
/// serves its own routes only; the app's own address serves them too.
/// </summary>
internal sealed class OperationPorts(ObservabilityOptions options) : IStartupFilter
{
    private static readonly PathString[] _metrics = ["/metrics"];
    private static readonly PathString[] _health = ["/healthz", "/readyz"];

    /// <summary>The addresses to listen on, semicolon-separated, the app's own first.</summary>
    /// <exception cref="IOException">A port is the app's own.</exception>
    public string AddTo(string urls)
    {
        var app = urls.Split(';').Select(BindingAddress.Parse).ToList();
        foreach (var (key, port) in Ports())
        {
            if (app.Any(address => address.Port == port))
                throw new IOException($"observability.{key} is {port}, which --urls has already. Leave the key out, or give it another port.");
        }

        return string.Join(';', [urls, .. Ports().Select(p => $"http://{app[0].Host}:{p.Port}").Distinct()]);
    }

    /// <summary>The failure to listen on one of these ports, named; null when it was another failure.</summary>
    public IOException? Explain(IOException failure)
    {
        if (failure.InnerException is not AddressInUseException)
            return null;
        var taken = Ports().FirstOrDefault(p => failure.Message.Contains($":{p.Port}:", StringComparison.Ordinal));
        return taken.Key is null
            ? null
            : new IOException($"observability.{taken.Key}: port {taken.Port} is in use. Stop what uses it, or choose another port.", failure);
    }

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (http, rest) =>
        {
            if (IsServed(http.Connection.LocalPort, http.Request.Path))
                await rest();
            else
                http.Response.StatusCode = StatusCodes.Status404NotFound;
        });
        next(app);
    };

    private bool IsServed(int port, PathString path)
    {
        var isOwn = port != options.MetricsPort && port != options.HealthPort;
        return isOwn || (port == options.MetricsPort && _metrics.Contains(path)) || (port == options.HealthPort && _health.Contains(path));
    }

    private IEnumerable<(string? Key, int Port)> Ports()
    {
        if (options.MetricsPort is { } metrics)
            yield return ("metrics_port", metrics);
        if (options.HealthPort is { } health)
            yield return ("health_port", health);
    }
}
