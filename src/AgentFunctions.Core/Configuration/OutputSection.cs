// An agent's `output`: JSON that fits a schema, written here or named by a C# type registered in code.
using AgentFunctions.Output;

namespace AgentFunctions.Configuration;

internal static class OutputSection
{
    public static OutputDefinition? Read(ConfigValue? value, IReadOnlyDictionary<string, OutputDefinition> types)
    {
        if (value?.Map() is not { } map)
            return null;
        var output = ReadShape(value, map, types);
        output = output with
        {
            Name = map.Get("name")?.Name() ?? output.Name,
            Description = map.Get("description")?.Text() ?? output.Description,
            Strict = map.Get("strict")?.Flag() ?? output.Strict,
            Native = map.Get("native")?.Flag() ?? output.Native,
            MaxRepairs = map.Get("max_repairs")?.Integer(0, 10) ?? output.MaxRepairs,
        };
        map.End();
        return map.Has("schema") ? Finished(output, map.Get("schema")!) : output;
    }

    private static OutputDefinition ReadShape(ConfigValue value, ConfigMap map, IReadOnlyDictionary<string, OutputDefinition> types)
    {
        var none = new OutputDefinition { Schema = SchemaSection.Read(null) };
        var (schema, type) = (map.Get("schema"), map.Get("type"));
        if (map.Has("schema") == map.Has("type"))
            value.AddProblem("needs either `schema` or `type`");
        if (schema is not null)
            return none with { Schema = SchemaSection.Read(schema) };
        if (type?.Text() is not { } name)
            return none;
        if (types.TryGetValue(name, out var registered))
            return registered;
        type.AddProblem($"there is no output type '{name}'; register it with AddAgentOutput", Spelling.Nearest(name, types.Keys));
        return none;
    }

    private static OutputDefinition Finished(OutputDefinition output, ConfigValue schema)
    {
        if (output.Strict)
            output = output with { Schema = OutputSchema.Closed(output.Schema) };
        if (schema.File.ProblemCount == 0 && OutputSchema.ProblemOf(output.Schema, output.Strict) is { } problem)
            schema.AddProblem(problem);
        return output;
    }
}
