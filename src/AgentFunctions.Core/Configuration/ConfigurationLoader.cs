// agents.yaml to AppConfiguration. Strict: whatever is not understood is an error that names its place and the likely fix.
using System.Collections.Immutable;
using AgentFunctions.Output;
using AgentFunctions.Teams;
using AgentFunctions.Tools;
using AgentFunctions.Workflows;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace AgentFunctions.Configuration;

public static class ConfigurationLoader
{
    public const int MaxBytes = 1024 * 1024;

    private const int MaxDepth = 32;
    private const int MaxNodes = 100_000;

    /// <summary>Reads the file and checks all of it.</summary>
    /// <param name="path">The file; problems name it as given here.</param>
    /// <param name="environment">Gives the value of a variable, or null when it is not set.</param>
    /// <param name="registeredTools">Tools registered in code, which agents may name like those of the file.</param>
    /// <param name="registeredOutputs">Output types registered in code, by the name that an agent's <c>output.type</c> gives.</param>
    /// <param name="functions">Functions registered in code, which workflows may name.</param>
    /// <exception cref="ConfigurationException">The file cannot be read or has problems; all of them are in the exception.</exception>
    public static AppConfiguration Load(
        string path, Func<string, string?> environment, IReadOnlyCollection<ToolDefinition>? registeredTools = null,
        IReadOnlyDictionary<string, OutputDefinition>? registeredOutputs = null, WorkflowFunctions? functions = null)
    {
        var file = new ConfigFile(path, environment);
        var root = Parse(path, Read(path));
        Guard(path, root, depth: 1, nodes: 0);
        var configuration = ReadSections(
            new ConfigValue(file, root, ""), FolderOf(path), registeredTools ?? [],
            registeredOutputs ?? ImmutableDictionary<string, OutputDefinition>.Empty, functions ?? new WorkflowFunctions([]));
        file.ThrowIfProblems();
        return configuration with { Path = path };
    }

    private static AppConfiguration ReadSections(
        ConfigValue rootValue, string folder, IReadOnlyCollection<ToolDefinition> registeredTools,
        IReadOnlyDictionary<string, OutputDefinition> registeredOutputs, WorkflowFunctions functions)
    {
        if (rootValue.Map() is not { } root)
            return AppConfiguration.Empty;

        var tools = ToolSection.Read(root, registeredTools);
        var retrieval = RetrievalSection.Read(root, folder, tools.Concat(registeredTools));
        tools = [.. tools, .. retrieval.Select(source => source.Tool)];
        var usable = tools.Concat(registeredTools).DistinctBy(t => t.Name).ToDictionary(t => t.Name);
        var servers = McpSection.Read(root, folder);
        // What a server lists is known only when it runs.
        var models = ModelSection.Read(root, [.. usable.Keys, .. DelegationTools(root), .. servers.Select(server => $"{server.Name}_*")]);
        var parts = new ConfigParts(models, usable, registeredOutputs, servers);
        var agents = AgentSection.Read(root, parts);
        var composites = TeamSection.Read(root, parts).ToList();
        if (SupervisorSection.Read(root, models, agents) is { } supervisor)
            composites.Add(supervisor);
        composites.AddRange(WorkflowSection.Read(root, usable, functions));
        var configuration = new AppConfiguration
        {
            Tools = tools,
            Models = models,
            Agents = [.. agents, .. CompositeSections.Build(agents, composites)],
            McpServers = servers,
            Retrieval = retrieval,
            Observability = ObservabilitySection.Read(root),
            Budgets = BudgetSection.Read(root.Get("budgets")) ?? new(),
            Audit = AuditSection.Read(root),
            Prices = PriceSection.Read(root),
        };
        root.End();
        return configuration;
    }

    // Scripted models may play leaders; the names that these can call are read before the sections that they depend on.
    private static IEnumerable<string> DelegationTools(ConfigMap root) =>
        from section in new[] { "agents", "teams", "workflows" }
        from item in root.Get(section) is { IsList: true } list ? list.List() : []
        where item.IsMap
        let name = item.Map()!.Get("name")?.Text()
        where name is not null
        select DelegationTool.NameFor(name);

    // Relative paths in the file start from the file.
    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    private static string Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
                throw Failure(path, 0, 0, $"is larger than {MaxBytes} bytes, the limit for a configuration");
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Failure(path, 0, 0, "there is no such file; create it, or name another with --config FILE or the variable AGENTFUNCTIONS_CONFIG", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure(path, 0, 0, $"cannot be read: {e.Message}", e);
        }
    }

    private static YamlNode Parse(string path, string text)
    {
        var parser = new Parser(new StringReader(text));
        var yaml = new YamlStream();
        try
        {
            yaml.Load(parser);
        }
        catch (YamlException e)
        {
            var (line, column) = PlaceOf(e, text);
            throw Failure(path, line, column, $"is not valid YAML: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // How the parser fails on an unclosed [ or {; what it read last is inside.
            var place = parser.Current?.Start ?? Mark.Empty;
            throw Failure(path, place.Line, place.Column, "is not valid YAML: a [ or { that is open here is never closed", e);
        }

        return yaml.Documents.Count switch
        {
            0 => throw Failure(path, 0, 0, "is empty; it needs at least `agents`"),
            1 => yaml.Documents[0].RootNode,
            _ => throw Failure(path, yaml.Documents[1].RootNode.Start.Line, 1, "holds more than one YAML document; remove the '---'"),
        };
    }

    // The parser places a tab in the indentation at the start of the mapping around it.
    private static (long Line, long Column) PlaceOf(YamlException e, string text)
    {
        var lines = text.Split('\n');
        var tabbed = Array.FindIndex(lines, line => line.TrimStart(' ').StartsWith('\t'));
        return tabbed >= 0 && e.Message.Contains("tab", StringComparison.Ordinal)
            ? (tabbed + 1, lines[tabbed].IndexOf('\t', StringComparison.Ordinal) + 1)
            : (e.Start.Line, e.Start.Column);
    }

    // Aliases make a graph of the tree: what refers to itself, or grows out of proportion, must not be walked any further.
    private static int Guard(string path, YamlNode node, int depth, int nodes)
    {
        if (depth > MaxDepth || ++nodes > MaxNodes)
            throw Failure(path, node.Start.Line, node.Start.Column, $"is nested too deeply or too large (at most {MaxDepth} levels, {MaxNodes} values, aliases expanded)");

        IEnumerable<YamlNode> children = node switch
        {
            YamlMappingNode mapping => mapping.Children.SelectMany(pair => new[] { pair.Key, pair.Value }),
            YamlSequenceNode sequence => sequence.Children,
            _ => [],
        };
        return children.Aggregate(nodes, (count, child) => Guard(path, child, depth + 1, count));
    }

    private static ConfigurationException Failure(string path, long line, long column, string text, Exception? inner = null) =>
        new([new ConfigurationProblem(path, line, column, "", text)], inner);
}
