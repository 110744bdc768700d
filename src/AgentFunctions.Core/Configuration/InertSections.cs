// Sections whose shape is checked and which this version does not act on: each gives a warning at start.
namespace AgentFunctions.Configuration;

internal static class InertSections
{
    public static void Check(ConfigMap root)
    {
        root.Inert("supervisor", CheckSupervisor);
    }

    private static object? CheckSupervisor(ConfigValue value)
    {
        if (value.Map() is not { } map)
            return null;
        map.Get("name")?.Name();
        map.Get("model")?.Text();
        map.Get("max_rounds")?.Integer(1);
        map.Get("system_prompt")?.Text();
        map.Get("routing_strategy")?.OneOf("round_robin", "best_match", "manual");
        map.End();
        return map;
    }
}
