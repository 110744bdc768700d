// Marks a C# method as a tool.
namespace AgentFunctions.Tools;

/// <summary>
/// The method is a tool. Its parameters, named as in the signature, make the schema: a parameter that is nullable or has a
/// default may be left out, enums are words in snake_case, [Description] texts are shown to the model. Parameters of type
/// <see cref="ToolInvocation"/>, <see cref="CancellationToken"/> and <see cref="IServiceProvider"/> are supplied and not shown.
/// The result, also of a task, is sent to the model as JSON.
/// </summary>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class AgentToolAttribute : Attribute
{
    /// <summary>Null for the method's name in snake_case without "Async".</summary>
    public string? Name { get; set; }

    /// <summary>What the tool does, for the model. Null for the method's [Description].</summary>
    public string? Description { get; set; }

    /// <summary>What a repetition would do. The default is the safe one: never repeated after a crash.</summary>
    public ToolEffect Effect { get; set; } = ToolEffect.Once;

    /// <summary>True when a person must approve each call.</summary>
    public bool Approval { get; set; }

    /// <summary>A condition over the arguments, for example <c>amount > 100</c>: only calls for which it is not false need approval.</summary>
    public string? ApprovalWhen { get; set; }

    public int TimeoutSeconds { get; set; } = 30;
}
