// The words for where a hook is called, as spans and events carry them.
namespace AgentFunctions.Hooks;

public static class HookPoints
{
    /// <summary>Before the first step, on the run's input.</summary>
    public const string PreRun = "pre_run";

    /// <summary>After the last step, on the run's answer; a background hook after the run's end.</summary>
    public const string PostRun = "post_run";

    public const string Request = "on_request";
    public const string Response = "on_response";
    public const string ToolCallStart = "on_tool_call_start";
    public const string ToolCall = "on_tool_call";
    public const string StepFinish = "on_step_finish";
    public const string Finish = "on_finish";
    public const string BeforeToolExecute = "before_tool_execute";
    public const string AfterToolExecute = "after_tool_execute";
    public const string BeforeStep = "before_step";
}
