// When a tool call needs a person, and how the person is asked: part of the agent's definition.
using System.Text.Json;
using System.Text.Json.Serialization;
using AgentFunctions.Agents;
using AgentFunctions.Expressions;
using AgentFunctions.Tools;

namespace AgentFunctions.Approvals;

/// <summary>The <c>approval</c> of a tool, or of an agent for its tools that have none.</summary>
public sealed record ApprovalRule
{
    /// <summary>The tool needs nobody, also where the agent's default says otherwise.</summary>
    public static ApprovalRule None { get; } = new() { Required = false };

    public bool Required { get; init; } = true;

    /// <summary>An <see cref="Expression"/> over the arguments; only calls for which it is true, or undecided, need approval. Null for all calls.</summary>
    public string? When { get; init; }

    public ApprovalPause Pause { get; init; }

    /// <summary>How long a person has to decide; null for ever.</summary>
    public TimeSpan? ExpiresAfter { get; init; }

    /// <summary>After how long others are told; null for never.</summary>
    public TimeSpan? EscalateAfter { get; init; }

    public ApprovalExpiry OnExpiry { get; init; }

    /// <summary>How many different people must approve.</summary>
    public int Quorum { get; init; } = 1;

    /// <summary>Who may decide; null for anybody.</summary>
    public IReadOnlyList<string>? Approvers { get; init; }

    /// <summary>The arguments that the person fills in and the model is not asked for.</summary>
    public IReadOnlyList<string>? Fields { get; init; }

    public ApprovalWebhook? Notify { get; init; }

    /// <summary>The rule of the tool; where it has none, of its agent.</summary>
    public static ApprovalRule? Of(AgentDefinition agent, ToolDefinition tool) => tool.Approval ?? agent.Approval;

    /// <summary>What is wrong with a rule that was made in code; null when it can be used.</summary>
    public string? Problem()
    {
        try
        {
            if (When is not null)
                Expression.Parse(When);
            return Quorum < 1 ? $"has a quorum of {Quorum}; it must be 1 or more" : null;
        }
        catch (ExpressionException e)
        {
            return $"has a condition that is none: {e.Message}";
        }
    }

    /// <summary>Whether a call with these arguments needs approval. What the rule cannot decide does.</summary>
    public bool AppliesTo(JsonElement arguments) => Required && (When is null || Expression.Parse(When).Test(arguments) != false);
}

/// <summary>What an approval that nobody decided in time does.</summary>
// As a word wherever it is stored, so that the order of the members is free.
[JsonConverter(typeof(JsonStringEnumConverter<ApprovalExpiry>))]
public enum ApprovalExpiry
{
    /// <summary>The tool does not run, and the model is told.</summary>
    Reject,

    /// <summary>The run ends in error.</summary>
    Fail,
}

/// <summary>Whom to tell of a request, its escalation and its end.</summary>
/// <param name="Url">Receives a POST; <c>${VAR}</c> is expanded only when it is sent.</param>
/// <param name="Secret">Signs what is sent; <c>${VAR}</c> is expanded only when it is used. Null for no signature.</param>
public sealed record ApprovalWebhook(string Url, string? Secret = null);
