namespace Microsoft.Azure.Functions.Worker;

/// <summary>Makes a public method a function of that name; names compare without case and are unique in an app.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class FunctionAttribute : Attribute
{
    public FunctionAttribute(string name) => Name = name;

    public string Name { get; }
}
