// A pre- or post-hook of an agent: looks at a run's input or answer, and may replace or refuse it.
using AgentFunctions.Runs;

namespace AgentFunctions.Hooks;

/// <summary>
/// Called within an activity, so it may do I/O. A crash before its verdict is stored calls it again with the same
/// <see cref="RunHookContext.IdempotencyKey"/>; a stored verdict stands. One instance serves all runs at once.
/// </summary>
public interface IRunHook
{
    /// <summary>
    /// What shall become of the text. An exception is logged and the run goes on as if the hook had not been there, unless
    /// the hook is <see cref="HookDefinition.Required"/>.
    /// </summary>
    ValueTask<HookVerdict> CheckAsync(RunHookContext context, CancellationToken cancellationToken);
}

/// <summary>What a hook is shown.</summary>
/// <param name="Name">The hook's name in the agent.</param>
/// <param name="Point"><see cref="HookPoints.PreRun"/> or <see cref="HookPoints.PostRun"/>.</param>
/// <param name="Run">The run; of a background hook as it ended.</param>
/// <param name="Text">The input or the answer, as the hooks before left it.</param>
public sealed record RunHookContext(string Name, string Point, RunRecord Run, string Text)
{
    /// <summary>What the run's tools did; empty before the run.</summary>
    public IReadOnlyList<ToolStepResult> ToolCalls { get; init; } = [];

    public bool IsInput => Point == HookPoints.PreRun;

    /// <summary>The same on every repetition of this call.</summary>
    public string IdempotencyKey => $"{Run.RunId}:{Point}:{Name}";
}

/// <summary>What a hook says of a text. The verdict of a background hook has no effect: nothing waited for it.</summary>
public sealed record HookVerdict
{
    private HookVerdict()
    {
    }

    /// <summary>The text is good as it is.</summary>
    public static HookVerdict Pass { get; } = new();

    /// <summary>The text to go on with; null when it stays.</summary>
    public string? Text { get; private init; }

    /// <summary>True when the run must end here.</summary>
    public bool Blocks { get; private init; }

    /// <summary>Why; never the offending text itself, since it is shown to the caller.</summary>
    public string? Reason { get; private init; }

    /// <summary>One of <see cref="RunErrorCodes"/>; null for <c>INPUT_CHECK</c>.</summary>
    public string? Code { get; private init; }

    /// <summary>The run goes on with another text.</summary>
    public static HookVerdict Replace(string text, string? reason = null) => new() { Text = text, Reason = reason };

    /// <summary>The run ends in error.</summary>
    /// <param name="reason">For the caller; not the offending text.</param>
    /// <param name="code">The error's code when an input is refused. A refused answer is always <c>OUTPUT_CHECK</c>, with this code in its details.</param>
    public static HookVerdict Block(string reason, string? code = null) => new() { Blocks = true, Reason = reason, Code = code };
}
