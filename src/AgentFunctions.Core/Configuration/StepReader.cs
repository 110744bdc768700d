// Reads the steps of one workflow, and gathers the members and tools that they name.
using System.Text.Json;
using AgentFunctions.Tools;
using AgentFunctions.Workflows;

namespace AgentFunctions.Configuration;

internal sealed class StepReader(IReadOnlyDictionary<string, ToolDefinition> tools)
{
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(1);

    private static readonly string[] _kinds =
        ["agent", "team", "workflow", "tool", "function", "set", "sequence", "steps", "parallel", "loop", "condition", "router", "human"];

    private readonly List<(WorkflowStep Step, ConfigValue Place)> _read = [];
    private readonly List<MemberName> _members = [];
    private readonly List<ToolDefinition> _tools = [];
    private int _count;

    /// <summary>The agents, teams and workflows that the steps name, once each.</summary>
    public IReadOnlyList<MemberName> Members => [.. _members.DistinctBy(member => member.Name)];

    public IReadOnlyList<ToolDefinition> Tools => [.. _tools.Distinct()];

    public IReadOnlyList<WorkflowStep> Steps(ConfigValue? list) => [.. (list?.List() ?? []).Select(Step).OfType<WorkflowStep>()];

    /// <summary>Tells of what can be seen only when all steps are read, such as names of steps that are none.</summary>
    public void Check(IReadOnlyList<WorkflowStep> steps, WorkflowFunctions functions)
    {
        var all = WorkflowDefinition.Walk(steps).ToList();
        foreach (var (step, place) in _read)
        {
            foreach (var problem in WorkflowCheck.ProblemsOf(step, all, functions))
                place.AddProblem(problem);
        }
    }

    private WorkflowStep? Step(ConfigValue value)
    {
        if (value.Map() is not { } map)
            return null;
        var number = ++_count;
        var kinds = _kinds.Where(map.Has).ToList();
        if (kinds is not [var kind])
        {
            value.AddProblem($"must say what it does with exactly one of {string.Join(", ", _kinds)}{(kinds.Count == 0 ? "" : $", not {string.Join(" and ", kinds)}")}");
            return null;
        }

        var step = Kind(map, kind);
        step = step with
        {
            Id = map.Get("id")?.Name() ?? $"{kind}_{number}",
            When = Test(map.Get("when"), "when"),
            Retry = Retry(map.Get("retry")?.Map()),
            Fallback = Steps(map.Get("fallback")),
            TimeoutSeconds = map.Get("timeout")?.Duration(_shortest)?.TotalSeconds,
        };
        map.End();
        _read.Add((step, value));
        return step;
    }

    private WorkflowStep Kind(ConfigMap map, string kind)
    {
        var value = map.Get(kind);
        return kind switch
        {
            "agent" or "team" or "workflow" => WithInput(map, Named(StepKind.Agent, Member(value))),
            "tool" => Named(StepKind.Tool, Tool(value)) with { Arguments = Json(map.Get("arguments")) },
            "function" => WithInput(map, Named(StepKind.Function, value?.Text())),
            "set" => Named(StepKind.Set, null) with { Arguments = Json(value) },
            "sequence" or "steps" => Named(StepKind.Sequence, null) with { Steps = Steps(value) },
            "parallel" => Parallel(value),
            "loop" => Loop(value?.Map()),
            "condition" => Condition(value?.Map()),
            "router" => Router(value?.Map()),
            _ => HumanSection.Read(value?.Map(), Steps),
        };
    }

    private static WorkflowStep Named(StepKind kind, string? target) => new() { Id = "", Kind = kind, Target = target };

    private static WorkflowStep WithInput(ConfigMap map, WorkflowStep step) => map.Get("input") switch
    {
        null => step,
        { IsMap: true } value => step with { Arguments = Json(value) },
        var value => step with { Input = value.Text() },
    };

    private string? Member(ConfigValue? value)
    {
        if (value?.Text() is { } name)
            _members.Add(new MemberName(name, value));
        return value?.Text();
    }

    private string? Tool(ConfigValue? value)
    {
        if (value?.Text() is not { } name)
            return null;
        if (tools.TryGetValue(name, out var tool))
            _tools.Add(tool);
        else
            value.AddProblem($"there is no tool '{name}', neither under `tools` nor registered in code", Spelling.Nearest(name, tools.Keys));
        return name;
    }

    private static JsonElement? Json(ConfigValue? value)
    {
        if (value is null)
            return null;
        if (value.IsMap)
            return JsonSerializer.SerializeToElement(value.Json());
        value.AddProblem("must be a mapping (name: value)");
        return null;
    }

    // A list of branches, or { branches, fail_fast }.
    private WorkflowStep Parallel(ConfigValue? value)
    {
        var step = Named(StepKind.Parallel, null);
        if (value is null or { IsList: true })
            return step with { Steps = Steps(value) };
        if (value.Map() is not { } map)
            return step;
        step = step with { Steps = Steps(map.Require("branches")), FailFast = map.Get("fail_fast")?.Flag() ?? true };
        map.End();
        return step;
    }

    private WorkflowStep Loop(ConfigMap? map)
    {
        var step = Named(StepKind.Loop, null);
        if (map is null)
            return step;
        step = step with
        {
            Steps = Steps(map.Require("steps")),
            Test = Test(map.Get("until"), "until"),
            MaxIterations = map.Get("max_iterations")?.Integer(1, 10_000) ?? WorkflowStep.DefaultMaxIterations,
        };
        map.End();
        return step;
    }

    private WorkflowStep Condition(ConfigMap? map)
    {
        var step = Named(StepKind.Condition, null);
        if (map is null)
            return step;
        step = step with { Test = Test(map.Require("if"), "if"), Steps = Steps(map.Require("then")), Else = Steps(map.Get("else")) };
        map.End();
        return step;
    }

    private WorkflowStep Router(ConfigMap? map)
    {
        var step = Named(StepKind.Router, null);
        if (map is null)
            return step;
        var routes = map.Require("routes")?.Map()?.Entries().Select(route => new WorkflowRoute(route.Name, Steps(route.Value))) ?? [];
        step = step with { Test = Test(map.Require("choose"), "choose"), Routes = [.. routes] };
        if (map.Get("default") is { } other)
            step = step with { Routes = [.. step.Routes, new WorkflowRoute("default", Steps(other), IsDefault: true)] };
        map.End();
        return step;
    }

    // An expression, or { function: name }.
    private static StepTest? Test(ConfigValue? value, string key)
    {
        if (value is not { IsMap: true })
            return value?.Text() is { } text ? new StepTest(text) : null;
        var map = value.Map()!;
        var test = new StepTest(Function: map.Require("function")?.Text() ?? key);
        map.End();
        return test;
    }

    private static StepRetry? Retry(ConfigMap? map)
    {
        if (map is null)
            return null;
        var retry = new StepRetry(map.Require("max_attempts")?.Integer(1, 100) ?? 1);
        retry = retry with
        {
            BackoffSeconds = map.Get("backoff")?.Duration(TimeSpan.Zero)?.TotalSeconds ?? retry.BackoffSeconds,
            MaxIntervalSeconds = map.Get("max_interval")?.Duration(TimeSpan.Zero)?.TotalSeconds ?? retry.MaxIntervalSeconds,
        };
        map.End();
        return retry;
    }
}
