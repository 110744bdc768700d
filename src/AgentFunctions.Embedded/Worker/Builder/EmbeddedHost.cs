using System.Reflection;
using System.Text.Json;
using AgentFunctions.Embedded.DurableTask;
using AgentFunctions.Embedded.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AgentFunctions.Embedded.Worker;

/// <summary>Puts the app together: finds its functions, and connects them to HTTP, the durable engine and the clock.</summary>
internal sealed class EmbeddedHost
{
    private const string DefaultUrl = "http://127.0.0.1:7071";

    private static readonly string[] _urlKeys = ["urls", "http_ports", "https_ports"];

    public List<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> Middleware { get; } = [];

    /// <summary>Where functions are looked for; the entry assembly if nothing is added.</summary>
    public List<Type> Types { get; } = [];

    public bool ServesHttp { get; set; }

    /// <summary>Adds what an app finds registered before it adds its own services.</summary>
    public static void AddDefaults(IServiceCollection services)
    {
        // The options of Azure's worker: an app changes them with services.Configure<JsonSerializerOptions>.
        services.Configure<JsonSerializerOptions>(options => options.PropertyNameCaseInsensitive = true);
        services.AddSingleton<DataConverter>(provider =>
            new WorkerDataConverter(provider.GetRequiredService<IOptions<JsonSerializerOptions>>().Value));
    }

    /// <exception cref="InvalidOperationException">Functions are not valid; the message names each.</exception>
    public IHost Build(WebApplicationBuilder web)
    {
        var catalog = FunctionCatalog.Of(Types.Count > 0 ? Types : Assembly.GetEntryAssembly()?.GetTypes() ?? []);
        if (!ServesHttp)
            catalog.ForEach<HttpTriggerBinding>((_, _) => throw new FunctionDefinitionException(
                "the app has not turned HTTP functions on; call builder.ConfigureFunctionsWebApplication()"));
        var timers = TimersOf(catalog, web.Configuration);
        AddServices(web, catalog, timers);
        return Connect(web.Build(), catalog);
    }

    private static List<ScheduledFunction> TimersOf(FunctionCatalog catalog, IConfiguration settings)
    {
        var timers = new List<ScheduledFunction>();
        catalog.ForEach<TimerTriggerBinding>((function, trigger) =>
            timers.Add(new ScheduledFunction(function, trigger.Schedule(settings), trigger.RunOnStartup)));
        return timers;
    }

    private void AddServices(WebApplicationBuilder web, FunctionCatalog catalog, List<ScheduledFunction> timers)
    {
        if (!_urlKeys.Any(key => web.Configuration[key] is not null) && !web.Configuration.GetSection("Kestrel:Endpoints").Exists())
            web.WebHost.UseUrls(DefaultUrl);
        var services = web.Services;
        services.GuardLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.Configure<ForwardedHeadersOptions>(options => options.ForwardedHeaders = ForwardedHeaders.All);
        services.AddSingleton<MatcherPolicy, FunctionMethodPolicy>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<FunctionInvoker>(provider, Middleware));
        if (timers.Count > 0)
            services.AddSingleton<IHostedService>(provider => ActivatorUtilities.CreateInstance<TimerFunctions>(provider, timers));
        // In Azure the extension does this when its package is referenced.
        if (DurableFunctions.AreUsedIn(catalog) && !services.Any(service => service.ServiceType == typeof(DurableFunctionRegistry)))
            services.AddEmbeddedDurableTask();
    }

    private static WebApplication Connect(WebApplication app, FunctionCatalog catalog)
    {
        var invoker = app.Services.GetRequiredService<FunctionInvoker>();
        app.UseForwardedHeaders();
        ActivatorUtilities.CreateInstance<HttpFunctionEndpoints>(app.Services, invoker)
            .Map(app, catalog, HostJson.RoutePrefix(app.Configuration));
        if (DurableFunctions.AreUsedIn(catalog))
            ConnectDurable(app, catalog, invoker);
        return app;
    }

    private static void ConnectDurable(WebApplication app, FunctionCatalog catalog, FunctionInvoker invoker)
    {
        var registry = app.Services.GetRequiredService<DurableFunctionRegistry>();
        DurableFunctions.Register(catalog, registry, invoker);
        app.Services.GetRequiredService<EngineOptions>(); // what is wrong in host.json should not wait for the start
        ManagementApi.Map(
            app,
            app.Services.GetRequiredService<DurableTaskClient>(),
            app.Services.GetRequiredService<IInstanceHistory>(),
            registry,
            app.Services.GetRequiredService<TimeProvider>());
    }
}
