// `approval` of a tool, or of an agent as the default of its tools.
using System.Text.Json;
using AgentFunctions.Approvals;
using AgentFunctions.Expressions;
using AgentFunctions.Tools;

namespace AgentFunctions.Configuration;

internal static class ApprovalSection
{
    private static readonly Dictionary<string, ApprovalPause> _types = new()
    {
        ["confirmation"] = ApprovalPause.Confirmation,
        ["user_input"] = ApprovalPause.UserInput,
        ["external_execution"] = ApprovalPause.ExternalExecution,
    };

    /// <param name="value">A word, or a mapping with the rule.</param>
    /// <param name="parameters">The tool's schema, which names are checked against; null for an agent's default.</param>
    public static ApprovalRule? Read(ConfigValue? value, JsonElement? parameters)
    {
        if (value is null)
            return null;
        if (!value.IsMap)
            return value.OneOf("required", "none") == "none" ? ApprovalRule.None : new ApprovalRule();
        var map = value.Map()!;
        var rule = new ApprovalRule
        {
            When = ReadWhen(map.Get("when"), parameters),
            Pause = map.Get("type")?.OneOf(_types.Keys) is { } type ? _types[type] : ApprovalPause.Confirmation,
            ExpiresAfter = map.Get("expires_after")?.Duration(TimeSpan.FromSeconds(1)),
            EscalateAfter = map.Get("escalate_after")?.Duration(TimeSpan.FromSeconds(1)),
            OnExpiry = map.Get("on_expiry")?.OneOf("reject", "fail") == "fail" ? ApprovalExpiry.Fail : ApprovalExpiry.Reject,
            Quorum = map.Get("quorum")?.Integer(1, 100) ?? 1,
            Approvers = ReadNames(map.Get("approvers")),
            Fields = ReadNames(map.Get("fields")),
            Notify = map.Get("notify")?.Map() is { } notify ? ReadNotify(notify) : null,
        };
        Check(map, value, rule, parameters);
        map.End();
        return rule;
    }

    private static string? ReadWhen(ConfigValue? value, JsonElement? parameters)
    {
        if (value?.Text() is not { } text)
            return null;
        try
        {
            CheckNames(value, Expression.Parse(text).Names, parameters);
        }
        catch (ExpressionException e)
        {
            value.AddProblem($"is no condition: {e.Message}");
        }

        return text;
    }

    private static void Check(ConfigMap map, ConfigValue value, ApprovalRule rule, JsonElement? parameters)
    {
        if (rule.Quorum > 1 && rule.Pause != ApprovalPause.Confirmation)
            map.Get("quorum")!.AddProblem("needs `type: confirmation`: input or a result is given by one person");
        if (rule.Approvers is { } approvers && approvers.Count < rule.Quorum)
            map.Get("approvers")!.AddProblem($"names fewer people than the quorum of {rule.Quorum}");
        if (rule.EscalateAfter >= rule.ExpiresAfter)
            map.Get("escalate_after")!.AddProblem("must be shorter than `expires_after`");
        if (rule.Pause == ApprovalPause.UserInput && rule.Fields is null)
            value.AddProblem("needs `fields`: the arguments that the person fills in");
        if (rule.Fields is not { } fields)
            return;
        if (rule.Pause != ApprovalPause.UserInput)
            map.Get("fields")!.AddProblem("needs `type: user_input`");
        if (parameters is null)
            map.Get("fields")!.AddProblem("belongs to a tool; an agent's default cannot have it");
        CheckNames(map.Get("fields")!, fields, parameters);
        if (rule.When is { } when && Names(when).Intersect(fields).FirstOrDefault() is { } unknown)
            map.Get("when")!.AddProblem($"'{unknown}' is filled in by the person, so the rule cannot ask for it");
    }

    private static IReadOnlyList<string> Names(string when)
    {
        try
        {
            return Expression.Parse(when).Names;
        }
        catch (ExpressionException)
        {
            return [];
        }
    }

    private static void CheckNames(ConfigValue value, IEnumerable<string> names, JsonElement? parameters)
    {
        if (parameters is not { } schema)
            return;
        var known = SchemaParts.Names(schema);
        foreach (var name in names.Except(known))
            value.AddProblem($"'{name}' is not one of the tool's parameters", Spelling.Nearest(name, known));
    }

    private static List<string>? ReadNames(ConfigValue? value)
    {
        if (value is null)
            return null;
        var names = value.List().Select(item => item.Text() ?? "").ToList();
        if (names.Count == 0 && value.IsList)
            value.AddProblem("is empty; name somebody or remove it");
        return names;
    }

    private static ApprovalWebhook ReadNotify(ConfigMap map)
    {
        var url = map.Require("url");
        if (url?.Url() is null)
            url = null;
        var webhook = new ApprovalWebhook(url?.Secret() ?? "", map.Get("secret")?.Secret());
        map.End();
        return webhook;
    }
}
