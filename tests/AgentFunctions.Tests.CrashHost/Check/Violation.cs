namespace AgentFunctions.Tests.CrashHost.Check;

/// <summary>A promise that was broken.</summary>
/// <param name="Rule">Which one, in a word or two.</param>
/// <param name="Subject">The instance, entity or host that shows it.</param>
internal sealed record Violation(string Rule, string Subject, string Detail);
