// One pre- or post-hook and what came of it: its verdict, events and span.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry.Spans;

namespace AgentFunctions.Hooks;

/// <param name="Definition">The hook.</param>
/// <param name="Point">Where it was called.</param>
/// <param name="Verdict">Null when it failed.</param>
/// <param name="Failure">Why it failed.</param>
internal sealed record RunHookCall(
    HookDefinition Definition, string Point, HookVerdict? Verdict, Exception? Failure, DateTimeOffset Start, DateTimeOffset End)
{
    private static readonly string[] _codes =
        [RunErrorCodes.InputCheck, RunErrorCodes.PromptInjection, RunErrorCodes.PiiDetected, RunErrorCodes.ContentModeration];

    public bool IsGuardrail => BuiltInHooks.IsGuardrail(Definition.Uses);

    public bool Modifies => Verdict?.Text is not null;

    private bool IsInput => Point == HookPoints.PreRun;

    private RunError? FailureError => Failure is null ? null : new RunError(Failure.GetType().Name, Failure.Message);

    // What a guardrail that breaks would have let through, nobody knows.
    private bool MustSucceed => Definition.Required ?? IsGuardrail;

    private string Action => Verdict switch
    {
        null => MustSucceed ? "block" : "allow",
        { Blocks: true } => "block",
        { Text: not null } => "modify",
        _ => "allow",
    };

    /// <summary>Why the run must end after this call; null when it goes on.</summary>
    public RunError? Refusal() => this switch
    {
        { Verdict.Blocks: true } => new RunError(CodeOf(Verdict.Code), Verdict.Reason!, Details(Verdict.Code)),
        { Failure: not null, MustSucceed: true } => new RunError(CodeOf(null), $"The hook '{Definition.Name}' failed: {Failure.Message}", Details(Failure.GetType().Name)),
        _ => null,
    };

    /// <summary>The span's facts; texts are not in them, since a hook may be there to remove what they hold.</summary>
    public HookFacts ToHookFacts() => new(Definition.Name, Point, 1, Start, End)
    {
        ModifiedInput = IsInput && Modifies,
        ModifiedOutput = !IsInput && Modifies,
        Background = Definition.Background,
        Output = Verdict?.Reason,
        Error = FailureError ?? Refusal(),
    };

    public GuardrailFacts ToGuardrailFacts() => new(Definition.Name, IsInput ? "input" : "output", 1, Action == "allow", Start, End)
    {
        Action = Action,
        Reason = Verdict?.Reason,
        Error = FailureError,
    };

    public static NewRunEvent StartedEvent(HookDefinition hook, string point, DateTimeOffset now) =>
        new(RunEventTypes.Hook, Data(hook, point, "started"), now, $"{point}:{hook.Name}:started");

    public NewRunEvent CompletedEvent()
    {
        var data = Data(Definition, Point, "completed");
        data["action"] = Action;
        data["modified_input"] = IsInput && Modifies;
        data["modified_output"] = !IsInput && Modifies;
        data["duration"] = (End - Start).TotalSeconds;
        if ((Refusal() ?? FailureError) is { } error)
            data["error"] = new JsonObject { ["code"] = error.Code, ["message"] = error.Message };
        return new(RunEventTypes.Hook, data, End, $"{Point}:{Definition.Name}:completed");
    }

    private static JsonObject Data(HookDefinition hook, string point, string status) => new()
    {
        ["name"] = hook.Name,
        ["point"] = point,
        ["status"] = status,
        ["guardrail"] = BuiltInHooks.IsGuardrail(hook.Uses),
    };

    private string CodeOf(string? code) => !IsInput ? RunErrorCodes.OutputCheck : _codes.Contains(code) ? code! : RunErrorCodes.InputCheck;

    private JsonObject Details(string? reason) => new() { ["hook"] = Definition.Name, ["point"] = Point, ["reason"] = reason };
}
