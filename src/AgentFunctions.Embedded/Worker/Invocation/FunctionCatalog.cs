using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Embedded.Worker;

/// <summary>The functions of the app, found by their <c>[Function]</c> attributes and checked together.</summary>
internal sealed class FunctionCatalog
{
    private const BindingFlags AnyMethod =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private FunctionCatalog(IReadOnlyList<Function> functions) => Functions = functions;

    public IReadOnlyList<Function> Functions { get; }

    /// <exception cref="InvalidOperationException">Some cannot be functions; the message names each, what is wrong and what to do.</exception>
    public static FunctionCatalog Of(IEnumerable<Type> types)
    {
        var functions = new Dictionary<string, Function>(StringComparer.OrdinalIgnoreCase);
        var problems = new List<string>();
        foreach (var (method, name) in Declared(types))
        {
            try
            {
                var function = Function.Of(method, name);
                if (!functions.TryAdd(name, function))
                    throw new FunctionDefinitionException(
                        $"{functions[name].Definition.EntryPoint} has the same name; names are unique without regard to case, so rename one");
            }
            catch (FunctionDefinitionException problem)
            {
                problems.Add(Describe(name, $"{method.ReflectedType}.{method.Name}", problem.Message));
            }
        }

        ThrowIfAny(problems);
        return new FunctionCatalog([.. functions.Values]);
    }

    /// <summary>Runs a further check of every function of one kind, and reports all that fail together.</summary>
    /// <exception cref="InvalidOperationException">Some failed it.</exception>
    public void ForEach<TTrigger>(Action<Function, TTrigger> action)
        where TTrigger : TriggerBinding
    {
        var problems = new List<string>();
        foreach (var function in Functions)
        {
            try
            {
                if (function.Trigger is TTrigger trigger)
                    action(function, trigger);
            }
            catch (FunctionDefinitionException problem)
            {
                problems.Add(Describe(function.Name, function.Definition.EntryPoint, problem.Message));
            }
        }

        ThrowIfAny(problems);
    }

    private static IEnumerable<(MethodInfo Method, string Name)> Declared(IEnumerable<Type> types) =>
        from type in types
        where type.IsClass
        from method in type.GetMethods(AnyMethod)
        let attribute = method.GetCustomAttribute<FunctionAttribute>()
        where attribute is not null
        select (method, attribute.Name);

    private static string Describe(string name, string method, string problem) => $"Function '{name}' ({method}): {problem}.";

    private static void ThrowIfAny(List<string> problems)
    {
        if (problems.Count > 0)
            throw new InvalidOperationException(
                $"The app cannot start:{Environment.NewLine}{string.Join(Environment.NewLine, problems)}");
    }
}
