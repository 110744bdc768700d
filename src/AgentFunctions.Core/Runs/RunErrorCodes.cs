// The error codes a run can end with and an event can carry.
namespace AgentFunctions.Runs;

/// <summary>Codes of run errors. Clients branch on them; they never change meaning.</summary>
public static class RunErrorCodes
{
    public const string ModelTimeout = "MODEL_TIMEOUT";
    public const string ToolError = "TOOL_ERROR";
    public const string InvalidInput = "INVALID_INPUT";
    public const string InvalidConfig = "INVALID_CONFIG";
    public const string ApiError = "API_ERROR";
    public const string RateLimit = "RATE_LIMIT";
    public const string ContentModeration = "CONTENT_MODERATION";
    public const string RunCancelled = "RUN_CANCELLED";
    public const string MemberFailed = "MEMBER_FAILED";
    public const string BudgetExceeded = "BUDGET_EXCEEDED";

    /// <summary>A pre-hook refused the input.</summary>
    public const string InputCheck = "INPUT_CHECK";

    /// <summary>A post-hook refused the answer.</summary>
    public const string OutputCheck = "OUTPUT_CHECK";
    public const string PromptInjection = "PROMPT_INJECTION";
    public const string PiiDetected = "PII_DETECTED";

    /// <summary>The run has no answer that fits its agent's output schema.</summary>
    public const string OutputInvalid = "OUTPUT_INVALID";
    public const string StepFailed = "STEP_FAILED";
    public const string StepTimeout = "STEP_TIMEOUT";
    public const string StepLimit = "STEP_LIMIT";
    public const string ConditionUndecided = "CONDITION_UNDECIDED";
    public const string OutcomeUnknown = "OUTCOME_UNKNOWN";

    /// <summary>The tool of a workflow's step did not run: a person said no, or nobody said anything in time.</summary>
    public const string ApprovalRejected = "APPROVAL_REJECTED";

    /// <summary>Nobody decided an approval in time, and its tool says that the run then ends.</summary>
    public const string ApprovalExpired = "APPROVAL_EXPIRED";
    public const string Unknown = "UNKNOWN";
}
