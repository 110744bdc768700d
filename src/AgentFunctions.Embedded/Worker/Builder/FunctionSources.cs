using System.Reflection;
using Microsoft.Azure.Functions.Worker.Builder;

namespace AgentFunctions.Embedded.Worker;

/// <summary>Says where the embedded host looks for functions, for apps whose functions are not in the entry assembly.</summary>
public static class FunctionSources
{
    /// <summary>Adds the functions of an assembly; what is added replaces the entry assembly.</summary>
    public static FunctionsApplicationBuilder AddFunctions(this FunctionsApplicationBuilder builder, Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        return builder.AddFunctions(assembly.GetTypes());
    }

    /// <summary>Adds the functions of these classes; what is added replaces the entry assembly.</summary>
    public static FunctionsApplicationBuilder AddFunctions(this FunctionsApplicationBuilder builder, params Type[] classes)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Host.Types.AddRange(classes);
        return builder;
    }
}
