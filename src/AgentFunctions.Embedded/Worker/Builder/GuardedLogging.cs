using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Embedded.Worker;

/// <summary>
/// Keeps the error of a logger provider from whoever logs: a line that cannot be written must not fail a run, nor end a worker
/// of the engine. The first error is told on the standard error.
/// </summary>
internal static class GuardedLogging
{
    /// <summary>Wraps the registered logger factory, once.</summary>
    public static IServiceCollection GuardLogging(this IServiceCollection services)
    {
        services.AddLogging();
        if (services.Any(service => service.ServiceType == typeof(GuardedLoggerFactory)))
            return services;
        var inner = services.Last(service => service.ServiceType == typeof(ILoggerFactory));
        services.AddSingleton(provider => new GuardedLoggerFactory((ILoggerFactory)Create(inner, provider)));
        return services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(provider => provider.GetRequiredService<GuardedLoggerFactory>()));
    }

    private static object Create(ServiceDescriptor service, IServiceProvider provider) =>
        service.ImplementationInstance
        ?? service.ImplementationFactory?.Invoke(provider)
        ?? ActivatorUtilities.CreateInstance(provider, service.ImplementationType!);

    private sealed class GuardedLoggerFactory(ILoggerFactory inner) : ILoggerFactory
    {
        private int _told;

        public ILogger CreateLogger(string categoryName) => new GuardedLogger(inner.CreateLogger(categoryName), Tell);

        public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

        public void Dispose() => inner.Dispose();

        private void Tell(Exception error)
        {
            if (Interlocked.Exchange(ref _told, 1) == 0)
                Console.Error.WriteLine($"A logger provider failed, and its lines are missing from now on: {(error.InnerException ?? error).Message}");
        }
    }

    private sealed class GuardedLogger(ILogger inner, Action<Exception> tell) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => Try(() => inner.IsEnabled(logLevel));

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => Try(() => inner.BeginScope(state));

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            try
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
            catch (Exception e)
            {
                tell(e);
            }
        }

        private T? Try<T>(Func<T> call)
        {
            try
            {
                return call();
            }
            catch (Exception e)
            {
                tell(e);
                return default;
            }
        }
    }
}
