namespace Microsoft.DurableTask.Client;

/// <summary>How an orchestration is terminated: its output, and whether its sub-orchestrations are terminated too.</summary>
public record TerminateInstanceOptions(object? Output = null, bool Recursive = false);
