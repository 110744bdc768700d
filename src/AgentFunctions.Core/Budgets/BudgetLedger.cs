// The account of one session, or of one user and day: what is used, and what running model calls have reserved.
using System.Text.Json.Serialization;

namespace AgentFunctions.Budgets;

/// <summary>What a model call wants to reserve.</summary>
/// <param name="Id">Names the call: run and step.</param>
/// <param name="Estimate">What it will use at most, as far as that can be told before.</param>
/// <param name="Limits">Those of the run that asks.</param>
/// <param name="Now">The caller's time.</param>
public sealed record BudgetRequest(string Id, BudgetAmount Estimate, BudgetLimits Limits, DateTimeOffset Now)
{
    /// <summary>When the account may be deleted; null for one that stays.</summary>
    public DateTimeOffset? DeleteAt { get; init; }
}

/// <summary>What a model call used; ends its reservation.</summary>
public sealed record BudgetSettlement(string Id, BudgetAmount Used);

public enum BudgetAnswer
{
    /// <summary>The call may begin.</summary>
    Granted,

    /// <summary>Calls that are running may use what is left: ask again when they have settled.</summary>
    Wait,

    /// <summary>Nothing is left.</summary>
    Exhausted,
}

/// <param name="Exceeded">What is used up, when the answer is <see cref="BudgetAnswer.Exhausted"/>.</param>
public sealed record BudgetDecision(BudgetAnswer Answer, BudgetUse? Exceeded = null);

/// <param name="Kind"><c>tokens</c>, <c>cost_usd</c>, <c>seconds</c>, <c>steps</c> or <c>tool_calls</c>.</param>
public sealed record BudgetUse(string Kind, decimal Limit, decimal Used);

/// <summary>The amount that one running model call holds back.</summary>
/// <param name="ExpiresAt">From then on it counts no more: its run has died.</param>
public sealed record BudgetReservation(string Id, BudgetAmount Amount, DateTimeOffset ExpiresAt);

/// <summary>
/// The rules of an account. A call is granted when it fits beside all that is used and reserved, or when nothing else is
/// reserved: so calls that run at the same time pass the limit by no more than one call, as far as estimates hold.
/// </summary>
public sealed class BudgetLedger
{
    /// <summary>How long a reservation outlives a run that died.</summary>
    public static readonly TimeSpan ReservationTime = TimeSpan.FromMinutes(10);

    /// <summary>The schema of these bytes.</summary>
    public int Version { get; set; } = 1;

    public BudgetAmount Used { get; set; } = BudgetAmount.None;

    public List<BudgetReservation> Reservations { get; set; } = [];

    /// <summary>True while nothing was ever reserved or used.</summary>
    [JsonIgnore]
    public bool IsNew => Reservations.Count == 0 && Used == BudgetAmount.None;

    /// <summary>Reserves, or says why not. The same call may ask again: it holds one reservation.</summary>
    public BudgetDecision Reserve(BudgetRequest request)
    {
        Reservations.RemoveAll(r => r.ExpiresAt <= request.Now || r.Id == request.Id);
        if (Exceeded(request.Limits) is { } exceeded)
            return new BudgetDecision(BudgetAnswer.Exhausted, exceeded);
        if (Reservations.Count > 0 && !Fits(request))
            return new BudgetDecision(BudgetAnswer.Wait);
        Reservations.Add(new BudgetReservation(request.Id, request.Estimate, request.Now + ReservationTime));
        return new BudgetDecision(BudgetAnswer.Granted);
    }

    /// <summary>Counts what the call used. It counts also when its reservation has expired.</summary>
    public void Settle(BudgetSettlement settlement)
    {
        Reservations.RemoveAll(r => r.Id == settlement.Id);
        Used += settlement.Used;
    }

    /// <summary>The limit that is used up; null when none is.</summary>
    public BudgetUse? Exceeded(BudgetLimits limits) => limits switch
    {
        { Tokens: { } tokens } when Used.Tokens >= tokens => new BudgetUse("tokens", tokens, Used.Tokens),
        { CostUsd: { } usd } when Used.CostUsd >= usd => new BudgetUse("cost_usd", usd, Used.CostUsd),
        _ => null,
    };

    /// <summary>What running calls hold back.</summary>
    public BudgetAmount Reserved(DateTimeOffset now) =>
        Reservations.Where(r => r.ExpiresAt > now).Aggregate(BudgetAmount.None, (sum, r) => sum + r.Amount);

    private bool Fits(BudgetRequest request)
    {
        var total = Used + Reserved(request.Now) + request.Estimate;
        return !(total.Tokens > request.Limits.Tokens) && !(total.CostUsd > request.Limits.CostUsd);
    }
}
