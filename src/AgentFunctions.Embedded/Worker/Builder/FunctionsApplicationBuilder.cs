using AgentFunctions.Embedded.Worker;
using Microsoft.AspNetCore.Builder;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Microsoft.Azure.Functions.Worker.Builder;

/// <summary>Builds the host of a Functions app.</summary>
/// <remarks>
/// Embedded: the host is ASP.NET Core on Kestrel in this process, with no Functions runtime beside it. It listens on
/// <c>http://127.0.0.1:7071</c> unless the configuration says otherwise (<c>--urls</c>, <c>ASPNETCORE_URLS</c>).
/// Functions are those of the entry assembly. host.json is read from the app's folder; of its settings
/// <c>extensions.http.routePrefix</c> and the concurrency limits of <c>extensions.durableTask</c> have an effect.
/// local.settings.json is not read.
/// </remarks>
public class FunctionsApplicationBuilder : IHostApplicationBuilder, IFunctionsWorkerApplicationBuilder
{
    private readonly WebApplicationBuilder _web;
    private readonly EmbeddedHost _host = new();
    private bool _built;

    internal FunctionsApplicationBuilder(string[] args)
    {
        // Settings are read once: a watcher of the folder would be told of every write to a database in it.
        _web = WebApplication.CreateBuilder(["--hostBuilder:reloadConfigOnChange=false", .. args]);
        HostJson.AddTo(_web.Configuration, _web.Environment.ContentRootPath);
        EmbeddedHost.AddDefaults(_web.Services);
    }

    public IDictionary<object, object> Properties => ((IHostApplicationBuilder)_web).Properties;

    public ConfigurationManager Configuration => _web.Configuration;

    IConfigurationManager IHostApplicationBuilder.Configuration => Configuration;

    public IHostEnvironment Environment => _web.Environment;

    public ILoggingBuilder Logging => _web.Logging;

    public IMetricsBuilder Metrics => _web.Metrics;

    public IServiceCollection Services => _web.Services;

    internal EmbeddedHost Host => _host;

    /// <exception cref="InvalidOperationException">It was built before, or functions are not valid; the message names each and what to do.</exception>
    public IHost Build()
    {
        ThrowIfBuilt();
        _built = true;
        return _host.Build(_web);
    }

    public void ConfigureContainer<TContainerBuilder>(
        IServiceProviderFactory<TContainerBuilder> factory, Action<TContainerBuilder>? configure = null)
        where TContainerBuilder : notnull => ((IHostApplicationBuilder)_web).ConfigureContainer(factory, configure);

    public IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware)
    {
        ThrowIfBuilt();
        _host.Middleware.Add(middleware);
        return this;
    }

    private void ThrowIfBuilt()
    {
        if (_built)
            throw new InvalidOperationException("The application has already been built; build it once, after all is added.");
    }
}

/// <summary>Turns the HTTP functions on.</summary>
public static class FunctionsApplicationBuilderAspNetCoreExtensions
{
    public static FunctionsApplicationBuilder ConfigureFunctionsWebApplication(this FunctionsApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Host.ServesHttp = true;
        builder.Services.AddMvcCore();
        return builder;
    }
}
