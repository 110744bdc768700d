using System.Reflection;

namespace AgentFunctions.Embedded.Sqlite;

/// <summary>Reads the .sql files that an assembly carries as embedded resources.</summary>
public static class SqlScripts
{
    /// <summary>
    /// The scripts whose resource name starts with <paramref name="prefix"/>, ordered by name: pass the folder's namespace,
    /// such as <c>AgentFunctions.Embedded.Engine.Schema.</c>, and number the files 001-…, 002-….
    /// </summary>
    /// <exception cref="InvalidOperationException">No resource has that prefix.</exception>
    public static IReadOnlyList<string> Load(Assembly assembly, string prefix)
    {
        var names = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ToList();
        if (names.Count == 0)
        {
            throw new InvalidOperationException(
                $"{assembly.GetName().Name} carries no SQL script named {prefix}*.sql. Mark the files as EmbeddedResource in its project file.");
        }
        return names.ConvertAll(name => Read(assembly, name));
    }

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
