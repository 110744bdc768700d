using System.Collections;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Embedded.Worker;

/// <summary>One invocation: what the trigger gave, what the function returned, and the context that it sees.</summary>
internal sealed class EmbeddedFunctionContext : FunctionContext
{
    private readonly Trace _trace;
    private readonly Binding _binding;

    public EmbeddedFunctionContext(
        Function function, string invocationId, IServiceProvider services, TriggerData trigger, CancellationToken cancellation)
    {
        (Function, InvocationId, InstanceServices, Trigger, CancellationToken) = (function, invocationId, services, trigger, cancellation);
        _trace = new Trace(trigger.TraceParent ?? "", trigger.TraceState ?? "");
        _binding = new Binding(trigger.BindingData);
        if (trigger.Value is HttpContext http)
            Items[FunctionContextExtensions.HttpContextKey] = http;
    }

    public Function Function { get; }

    public TriggerData Trigger { get; }

    /// <summary>What the function returned; set when it has.</summary>
    public object? Result { get; set; }

    public override string InvocationId { get; }

    public override string FunctionId => Function.Definition.Id;

    public override TraceContext TraceContext => _trace;

    public override BindingContext BindingContext => _binding;

    public override IServiceProvider InstanceServices { get; set; }

    public override FunctionDefinition FunctionDefinition => Function.Definition;

    public override IDictionary<object, object> Items { get; set; } = new Dictionary<object, object>();

    public override IInvocationFeatures Features { get; } = new InvocationFeatures();

    public override CancellationToken CancellationToken { get; }

    private sealed class Trace(string parent, string state) : TraceContext
    {
        public override string TraceParent => parent;

        public override string TraceState => state;
    }

    private sealed class Binding(IReadOnlyDictionary<string, object?> data) : BindingContext
    {
        public override IReadOnlyDictionary<string, object?> BindingData => data;
    }

    private sealed class InvocationFeatures : IInvocationFeatures
    {
        private readonly Dictionary<Type, object> _features = [];

        public void Set<T>(T instance) => _features[typeof(T)] = instance!;

        public T? Get<T>() => _features.TryGetValue(typeof(T), out var feature) ? (T)feature : default;

        public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => _features.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

/// <summary>What started an invocation: the value for the trigger's parameter, and what comes with it.</summary>
/// <param name="Value">An HttpContext, TaskOrchestrationContext, ActivityInvocation, TaskEntityOperation or TimerInfo.</param>
internal sealed record TriggerData(object Value)
{
    private static readonly Dictionary<string, object?> _none = [];

    public IReadOnlyDictionary<string, object?> BindingData { get; init; } = _none;

    public string? TraceParent { get; init; }

    public string? TraceState { get; init; }
}
