namespace AgentFunctions.Dialects;

/// <summary>The event names of AgentOS (agno 2.9), all of which a client may name in <c>types</c>.</summary>
public static class AgentOsNames
{
    private static readonly string[] _run =
    [
        "RunStarted", "RunContent", "RunContentCompleted", "RunIntermediateContent", "RunCompleted", "RunError", "RunCancelled", "RunPaused", "RunContinued",
        "PreHookStarted", "PreHookCompleted", "PostHookStarted", "PostHookCompleted",
        "ToolCallStarted", "ToolCallCompleted", "ToolCallError",
        "ReasoningStarted", "ReasoningStep", "ReasoningContentDelta", "ReasoningCompleted",
        "MemoryUpdateStarted", "MemoryUpdateCompleted", "SessionSummaryStarted", "SessionSummaryCompleted",
        "ParserModelResponseStarted", "ParserModelResponseCompleted", "OutputModelResponseStarted", "OutputModelResponseCompleted",
        "ModelRequestStarted", "ModelRequestCompleted", "CompressionStarted", "CompressionCompleted", "FollowupsStarted", "FollowupsCompleted",
    ];

    private static readonly string[] _teamTasks =
        ["TeamTaskIterationStarted", "TeamTaskIterationCompleted", "TeamTaskStateUpdated", "TeamTaskCreated", "TeamTaskUpdated"];

    private static readonly string[] _workflow =
    [
        "WorkflowStarted", "WorkflowCompleted", "WorkflowPaused", "WorkflowCancelled", "WorkflowError", "WorkflowAgentStarted", "WorkflowAgentCompleted",
        "StepStarted", "StepCompleted", "StepPaused", "StepContinued", "StepError", "StepExecutorPaused", "StepExecutorContinued", "StepOutputReview", "StepOutput",
        "LoopExecutionStarted", "LoopExecutionCompleted", "LoopIterationStarted", "LoopIterationCompleted",
        "ParallelExecutionStarted", "ParallelExecutionCompleted", "ConditionExecutionStarted", "ConditionExecutionCompleted", "ConditionPaused",
        "RouterExecutionStarted", "RouterExecutionCompleted", "RouterPaused", "StepsExecutionStarted", "StepsExecutionCompleted", "CustomEvent",
    ];

    /// <summary>Of agents, of teams (the same with the prefix <c>Team</c>, and their tasks), and of workflows.</summary>
    public static IReadOnlyList<string> All { get; } = [.. _run, .. _run.Select(name => "Team" + name), .. _teamTasks, .. _workflow];
}
