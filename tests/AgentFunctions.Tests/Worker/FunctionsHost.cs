using AgentFunctions.Embedded.Worker;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Tests.Worker;

/// <summary>A running functions host on a free port, with an HTTP client for it.</summary>
internal sealed class FunctionsHost : IAsyncDisposable
{
    private readonly IHost _host;

    private FunctionsHost(IHost host)
    {
        _host = host;
        var addresses = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        Client = new HttpClient { BaseAddress = new Uri(addresses.Single()) };
    }

    public HttpClient Client { get; }

    public IServiceProvider Services => _host.Services;

    /// <summary>What a test may wait for before it has hung.</summary>
    public static TimeSpan Patience => TimeSpan.FromSeconds(20);

    public static FunctionsApplicationBuilder Builder(params Type[] classes)
    {
        var builder = FunctionsApplication.CreateBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Configuration[HostJson.RoutePrefixKey] = "";
        builder.Logging.ClearProviders();
        return builder.ConfigureFunctionsWebApplication().AddFunctions(classes);
    }

    public static async Task<FunctionsHost> StartAsync(FunctionsApplicationBuilder builder)
    {
        var host = builder.Build();
        await host.StartAsync();
        return new FunctionsHost(host);
    }

    public static Task<FunctionsHost> StartAsync(params Type[] classes) => StartAsync(Builder(classes));

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
