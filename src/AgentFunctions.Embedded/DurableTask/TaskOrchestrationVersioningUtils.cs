namespace Microsoft.DurableTask.Abstractions;

/// <summary>Compares versions of orchestrations: none is lowest, then as <see cref="System.Version"/>, else as text.</summary>
public static class TaskOrchestrationVersioningUtils
{
    public static int CompareVersions(string sourceVersion, string otherVersion)
    {
        var (hasSource, hasOther) = (!string.IsNullOrWhiteSpace(sourceVersion), !string.IsNullOrWhiteSpace(otherVersion));
        if (!hasSource || !hasOther)
            return hasSource.CompareTo(hasOther);
        return Version.TryParse(sourceVersion, out var source) && Version.TryParse(otherVersion, out var other)
            ? source.CompareTo(other)
            : string.Compare(sourceVersion, otherVersion, StringComparison.OrdinalIgnoreCase);
    }
}
