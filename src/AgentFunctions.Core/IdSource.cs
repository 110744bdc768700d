// Where ids come from: injected, so that tests and replays can decide them.
namespace AgentFunctions;

/// <summary>Source of new ids.</summary>
public interface IIdSource
{
    /// <summary>A fresh id of the form <c>{prefix}_{32 hex digits}</c>, sortable by creation time.</summary>
    string New(string prefix);
}

/// <summary>Version-7 GUIDs: time-ordered and unique without coordination.</summary>
public sealed class GuidIdSource(TimeProvider time) : IIdSource
{
#pragma warning disable RS0030 // The one place where ids are made.
    public string New(string prefix) => $"{prefix}_{Guid.CreateVersion7(time.GetUtcNow()):n}";
#pragma warning restore RS0030
}
