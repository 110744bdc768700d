// The `retrieval` section: folders whose documents agents may search.
using AgentFunctions.Tools;
using AgentFunctions.Tools.Retrieval;

namespace AgentFunctions.Configuration;

internal static class RetrievalSection
{
    /// <param name="root">The whole file.</param>
    /// <param name="folder">What a relative <c>path</c> starts from.</param>
    /// <param name="tools">Tools whose names are taken.</param>
    public static IReadOnlyList<RetrievalDefinition> Read(ConfigMap root, string folder, IEnumerable<ToolDefinition> tools)
    {
        var taken = tools.Select(tool => tool.Name).ToHashSet();
        var sources = new List<RetrievalDefinition>();
        foreach (var value in root.Get("retrieval")?.List() ?? [])
        {
            if (value.Map() is not { } map)
                continue;
            var source = ReadSource(map, folder);
            if (source.Name.Length > 0 && !taken.Add(source.Tool.Name))
                map.Get("name")!.AddProblem($"there is already a tool '{source.Tool.Name}'");
            sources.Add(source);
        }

        return sources;
    }

    private static RetrievalDefinition ReadSource(ConfigMap map, string folder)
    {
        var source = new RetrievalDefinition
        {
            Name = map.Require("name")?.Name() ?? "",
            Folder = map.Require("path") is { } path ? ReadFolder(path, folder) : "",
        };
        source = source with
        {
            Globs = map.Get("glob") is { } glob ? [.. (glob.IsList ? glob.List() : [glob]).Select(item => item.Text() ?? "")] : source.Globs,
            Description = map.Get("description")?.Text() ?? source.Description,
            K = map.Get("k")?.Integer(1, RetrievalDefinition.MostDocuments) ?? source.K,
            ChunkCharacters = map.Get("chunk_chars")?.Integer(200, 20_000) ?? source.ChunkCharacters,
            Refresh = map.Get("refresh")?.Duration(TimeSpan.Zero) ?? source.Refresh,
        };
        map.End();
        return source;
    }

    private static string ReadFolder(ConfigValue value, string folder)
    {
        if (value.Text() is not { } text)
            return "";
        var path = Path.GetFullPath(text, folder);
        if (!Directory.Exists(path))
            value.AddProblem($"there is no folder {path}; a relative path starts from the folder of this file");
        return path;
    }
}
