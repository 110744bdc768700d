// Why a run may not go on: which budget is used up, in words and as the error's details.
using System.Globalization;
using System.Text.Json.Nodes;
using AgentFunctions.Runs;

namespace AgentFunctions.Budgets;

/// <param name="Scope"><c>run</c>, <c>parent</c>, <c>session</c> or <c>user</c>.</param>
/// <param name="Use">What is used up.</param>
public sealed record BudgetStop(string Scope, BudgetUse Use)
{
    public const string Run = "run";

    /// <summary>A team or workflow that the run works for.</summary>
    public const string Parent = "parent";

    public const string Session = "session";
    public const string User = "user";

    public string Message => $"{Whose} is used up: {Number(Use.Used)} of {Number(Use.Limit)} {Unit}.";

    public RunError ToError() => new(RunErrorCodes.BudgetExceeded, Message, Details());

    public JsonObject Details() => new() { ["scope"] = Scope, ["kind"] = Use.Kind, ["limit"] = Use.Limit, ["used"] = Use.Used };

    private string Whose => Scope switch
    {
        Parent => "The budget of the run that it works for",
        Session => "The session's budget",
        User => "The user's budget of today (UTC)",
        _ => "The run's budget",
    };

    private string Unit => Use.Kind switch
    {
        "cost_usd" => "US dollars",
        "tool_calls" => "tool calls",
        var kind => kind,
    };

    private static string Number(decimal number) => number.ToString("0.##########", CultureInfo.InvariantCulture);
}
