using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Embedded.Worker;

/// <summary>A method with <c>[Function]</c>, checked at start and ready to be invoked.</summary>
internal sealed class Function
{
    private readonly MethodInfo _method;
    private readonly ImmutableArray<ArgumentSource> _arguments;
    private readonly Lazy<ObjectFactory>? _activate; // compiled when first invoked: an app has far more functions than its first request needs

    private Function(MethodInfo method, string name, TriggerBinding trigger)
    {
        (_method, Name, Trigger) = (method, name, trigger);
        _arguments = [.. method.GetParameters().Select(trigger.Bind)];
        _activate = method.IsStatic ? null : new(() => ActivatorUtilities.CreateFactory(method.ReflectedType!, []));
        Definition = new MethodDefinition(method, name, trigger);
    }

    public string Name { get; }

    public TriggerBinding Trigger { get; }

    public FunctionDefinition Definition { get; }

    /// <summary>Checks the method and binds its parameters.</summary>
    /// <exception cref="FunctionDefinitionException">It cannot be a function; the message says why and what to do.</exception>
    public static Function Of(MethodInfo method, string name)
    {
        if (string.IsNullOrWhiteSpace(name))
            throw new FunctionDefinitionException("its name is empty; give it one: [Function(\"Name\")]");
        if (!method.IsPublic || method.IsGenericMethodDefinition || (!method.IsStatic && !CanBeConstructed(method.ReflectedType!)))
            throw new FunctionDefinitionException("it must be a public, non-generic method of a class that can be constructed");
        if (method.ReturnType.Name.StartsWith(nameof(ValueTask), StringComparison.Ordinal))
            throw new FunctionDefinitionException("it returns a ValueTask, which the worker does not await; return a Task");
        if (method.ReturnType == typeof(void) && method.IsDefined(typeof(AsyncStateMachineAttribute)))
            throw new FunctionDefinitionException("it is 'async void', so nobody awaits it; return a Task");
        return new Function(method, name, TriggerBinding.Of(TriggerOf(method)));
    }

    /// <summary>Runs the method with a fresh instance of its class and sets the context's result.</summary>
    public async Task ExecuteAsync(EmbeddedFunctionContext context)
    {
        var arguments = new object?[_arguments.Length];
        for (var i = 0; i < arguments.Length; i++)
            arguments[i] = await _arguments[i](context);
        var instance = _activate?.Value.Invoke(context.InstanceServices, null);
        try
        {
            var returned = _method.Invoke(instance, BindingFlags.DoNotWrapExceptions, binder: null, arguments, culture: null);
            context.Result = returned is Task task ? await ResultOfAsync(task) : returned;
        }
        finally
        {
            await DisposeAsync(instance);
        }
    }

    private static bool CanBeConstructed(Type type) => !type.IsAbstract && type.GetConstructors().Length > 0;

    private static TriggerBindingAttribute TriggerOf(MethodInfo method)
    {
        var triggers = method.GetParameters()
            .SelectMany(parameter => parameter.GetCustomAttributes<TriggerBindingAttribute>())
            .ToList();
        return triggers.Count switch
        {
            1 => triggers[0],
            0 => throw new FunctionDefinitionException("no parameter has a trigger attribute; add one, for example [HttpTrigger]"),
            _ => throw new FunctionDefinitionException("it has several triggers; a function has one, so split it"),
        };
    }

    private async Task<object?> ResultOfAsync(Task task)
    {
        await task;
        return _method.ReturnType.IsGenericType
            ? _method.ReturnType.GetProperty(nameof(Task<>.Result))!.GetValue(task)
            : null;
    }

    private static ValueTask DisposeAsync(object? instance)
    {
        if (instance is IAsyncDisposable asynchronous)
            return asynchronous.DisposeAsync();
        (instance as IDisposable)?.Dispose();
        return ValueTask.CompletedTask;
    }

    private sealed class MethodDefinition(MethodInfo method, string name, TriggerBinding trigger) : FunctionDefinition
    {
        public override ImmutableArray<FunctionParameter> Parameters { get; } =
        [
            .. method.GetParameters().Select(parameter =>
                new FunctionParameter(parameter.Name!, parameter.ParameterType, parameter.HasDefaultValue, parameter.DefaultValue)),
        ];

        public override string PathToAssembly => method.Module.Assembly.Location;

        public override string EntryPoint => $"{method.ReflectedType}.{method.Name}";

        // Stable across restarts, and unique because names are.
        public override string Id => name;

        public override string Name => name;

        public override IImmutableDictionary<string, BindingMetadata> InputBindings { get; } = method.GetParameters()
            .Where(parameter => parameter.IsDefined(typeof(BindingAttribute)))
            .ToImmutableDictionary(
                parameter => parameter.Name!,
                parameter => (BindingMetadata)new InputBinding(
                    parameter.Name!, parameter.IsDefined(typeof(TriggerBindingAttribute)) ? trigger.Type : "durableClient"));

        public override IImmutableDictionary<string, BindingMetadata> OutputBindings => ImmutableDictionary<string, BindingMetadata>.Empty;
    }

    private sealed class InputBinding(string name, string type) : BindingMetadata
    {
        public override string Name => name;

        public override string Type => type;

        public override BindingDirection Direction => BindingDirection.In;
    }
}
