// What a person gives with an approval, checked against what was asked.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tools;

namespace AgentFunctions.Approvals;

/// <summary>Checks that what came with a vote fits the request, before it is stored.</summary>
public static class ApprovalAnswer
{
    /// <param name="tool">The tool that waits; null when the request is not for a tool.</param>
    /// <param name="tools">Knows the tool's schema.</param>
    /// <exception cref="ApprovalRefusedException">It does not fit; the message says what does.</exception>
    public static void RequireFit(ApprovalRecord approval, ApprovalVote vote, ToolDefinition? tool, IToolRunner tools)
    {
        var given = vote.Resolution ?? new ApprovalResolution();
        if (vote.Status == ApprovalStatus.Rejected)
        {
            Require(vote.Resolution is null, "A rejection takes no 'resolution_data'; say why in 'note'.");
            return;
        }

        switch (approval.PauseType)
        {
            case ApprovalPause.UserInput:
                Require(given is { Values.ValueKind: JsonValueKind.Object, Arguments: null, Result: null },
                    $"This approval asks for input: give 'resolution_data': {{\"values\": {{…}}}} with {string.Join(", ", approval.Fields ?? [])}.");
                RequireFields(approval, given.Values!.Value);
                RequireSchema(tool, tools, Merge(approval.Arguments, given.Values.Value));
                break;
            case ApprovalPause.ExternalExecution:
                Require(given is { Result: not null, Arguments: null, Values: null },
                    "This approval asks you to do the work: give what came of it in 'resolution_data': {\"result\": …}.");
                break;
            default:
                RequireConfirmation(approval, given, tool, tools);
                break;
        }
    }

    /// <summary>The object with the members of <paramref name="values"/> added, which win.</summary>
    public static JsonElement Merge(JsonElement? arguments, JsonElement values)
    {
        var merged = arguments is { } given ? JsonSerializer.Deserialize<JsonObject>(given)! : [];
        foreach (var value in values.EnumerateObject())
            merged[value.Name] = JsonNode.Parse(value.Value.GetRawText());
        return JsonSerializer.SerializeToElement(merged);
    }

    private static void RequireConfirmation(ApprovalRecord approval, ApprovalResolution given, ToolDefinition? tool, IToolRunner tools)
    {
        Require(given.Values is null, "This approval asks for no values; edited arguments go in 'arguments'.");
        Require(given.Result is null || approval.Occasion is not null, "This approval asks whether the tool may run, so it takes no 'result'.");
        if (given.Arguments is not { } edited)
            return;
        Require(approval.Occasion is null, "This approval asks whether to repeat a call, so its arguments cannot be edited.");
        Require(approval.Quorum == 1, "Arguments cannot be edited where more than one person must approve: the others have not seen them.");
        RequireSchema(tool, tools, edited);
    }

    private static void RequireFields(ApprovalRecord approval, JsonElement values)
    {
        var names = values.EnumerateObject().Select(value => value.Name).ToList();
        var fields = approval.Fields ?? [];
        Require(!names.Except(fields).Any(), $"'values' may only have {string.Join(", ", fields)}.");
    }

    private static void RequireSchema(ToolDefinition? tool, IToolRunner tools, JsonElement arguments)
    {
        if (tool is not null && tools.Validate(tool, arguments) is { } problem)
            throw new ApprovalRefusedException(ApprovalRefusal.Unfit, problem);
    }

    private static void Require(bool fits, string message)
    {
        if (!fits)
            throw new ApprovalRefusedException(ApprovalRefusal.Unfit, message);
    }
}
