// Registration of hooks.
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AgentFunctions.Hooks;

public static class HookServices
{
    /// <summary>Adds what calls the hooks. Needs the run store and the agents.</summary>
    public static IServiceCollection AddHooks(this IServiceCollection services) => services
        .AddSingleton<AgentHooks>()
        .AddSingleton<StepHooks>()
        .AddSingleton<ToolHooks>()
        .AddSingleton<FinishHooks>()
        .AddSingleton<RunHookCatalog>()
        .AddSingleton<RunCheckRunner>()
        .AddSingleton<BackgroundHookRunner>();

    /// <summary>Adds a hook to the chain; the order of registration is the order of the chain. A singleton unless registered otherwise.</summary>
    /// <param name="services">Where to add it.</param>
    /// <param name="agents">The agents whose runs it sees; null for all.</param>
    public static IServiceCollection AddAgentHook<T>(this IServiceCollection services, IReadOnlyCollection<string>? agents = null) where T : class, IAgentHook
    {
        services.TryAddSingleton<T>();
        return services.AddSingleton(new AgentHookRegistration(typeof(T), agents, provider => provider.GetRequiredService<T>()));
    }

    /// <summary>Makes <typeparamref name="T"/> a hook that agents may name under <c>pre_hooks</c>; a singleton unless registered otherwise.</summary>
    public static IServiceCollection AddPreHook<T>(this IServiceCollection services, string name) where T : class, IRunHook =>
        services.AddRunHook<T>(HookPoints.PreRun, name);

    /// <summary>Makes a function a hook that agents may name under <c>pre_hooks</c>.</summary>
    public static IServiceCollection AddPreHook(
        this IServiceCollection services, string name, Func<RunHookContext, CancellationToken, ValueTask<HookVerdict>> check) =>
        services.AddSingleton(new RunHookRegistration(HookPoints.PreRun, name, _ => new FunctionHook(check)));

    /// <summary>Makes <typeparamref name="T"/> a hook that agents may name under <c>post_hooks</c>; a singleton unless registered otherwise.</summary>
    public static IServiceCollection AddPostHook<T>(this IServiceCollection services, string name) where T : class, IRunHook =>
        services.AddRunHook<T>(HookPoints.PostRun, name);

    /// <summary>Makes a function a hook that agents may name under <c>post_hooks</c>.</summary>
    public static IServiceCollection AddPostHook(
        this IServiceCollection services, string name, Func<RunHookContext, CancellationToken, ValueTask<HookVerdict>> check) =>
        services.AddSingleton(new RunHookRegistration(HookPoints.PostRun, name, _ => new FunctionHook(check)));

    private static IServiceCollection AddRunHook<T>(this IServiceCollection services, string point, string name) where T : class, IRunHook
    {
        services.TryAddSingleton<T>();
        return services.AddSingleton(new RunHookRegistration(point, name, provider => provider.GetRequiredService<T>()));
    }

    private sealed class FunctionHook(Func<RunHookContext, CancellationToken, ValueTask<HookVerdict>> check) : IRunHook
    {
        public ValueTask<HookVerdict> CheckAsync(RunHookContext context, CancellationToken cancellationToken) => check(context, cancellationToken);
    }
}
