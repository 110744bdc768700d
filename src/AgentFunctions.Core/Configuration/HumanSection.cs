// The `human` part of a workflow's step: what a person is asked, and what follows.
using AgentFunctions.Agents;
using AgentFunctions.Approvals;
using AgentFunctions.Workflows;

namespace AgentFunctions.Configuration;

internal static class HumanSection
{
    /// <param name="map">Null after a problem was added.</param>
    /// <param name="steps">Reads a list of steps.</param>
    public static WorkflowStep Read(ConfigMap? map, Func<ConfigValue?, IReadOnlyList<WorkflowStep>> steps)
    {
        var step = new WorkflowStep { Id = "", Kind = StepKind.Human };
        if (map is null)
            return step;
        var human = new HumanRequest
        {
            Pause = Word<ApprovalPause>(map.Get("type")) ?? ApprovalPause.Confirmation,
            Fields = Texts(map.Get("fields")),
            Approvers = Texts(map.Get("approvers")),
            Quorum = map.Get("quorum")?.Integer(1, 100) ?? 1,
            ExpiresAfter = map.Get("expires_after")?.Duration(TimeSpan.FromMilliseconds(1)),
            OnReject = Word<RejectAction>(map.Get("on_reject")) ?? RejectAction.Cancel,
            OnTimeout = Word<TimeoutAction>(map.Get("on_timeout")) ?? TimeoutAction.Cancel,
        };
        step = step with { Human = human, Input = map.Require("prompt")?.Text(), Else = steps(map.Get("else")) };
        map.End();
        return step;
    }

    private static T? Word<T>(ConfigValue? value) where T : struct, Enum =>
        value?.OneOf([.. Enum.GetValues<T>().Select(AgentJson.Word)]) is { } word ? Enum.GetValues<T>().First(v => AgentJson.Word(v) == word) : null;

    private static List<string>? Texts(ConfigValue? list) => list is null ? null : [.. list.List().Select(item => item.Text()).OfType<string>()];
}
