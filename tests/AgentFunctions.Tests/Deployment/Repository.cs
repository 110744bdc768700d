// Files of the repository that no build output contains.
namespace AgentFunctions.Tests.Deployment;

internal static class Repository
{
    /// <summary>The folder of the solution file, found upwards from the tests' output.</summary>
    public static string Root { get; } = FindRoot(new DirectoryInfo(AppContext.BaseDirectory));

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    public static string Read(params string[] parts) => File.ReadAllText(PathOf(parts));

    private static string FindRoot(DirectoryInfo? folder)
    {
        for (; folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "AgentFunctions.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("The tests must run from inside the repository.");
    }
}
