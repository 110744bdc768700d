namespace Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

/// <summary>What binds a function's parameter to something outside the function.</summary>
public abstract class BindingAttribute : Attribute;

/// <summary>A parameter that the function reads from.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public abstract class InputBindingAttribute : BindingAttribute;

/// <summary>The parameter that starts the function; each function has one.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public abstract class TriggerBindingAttribute : BindingAttribute;
