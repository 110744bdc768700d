// Who may decide an approval, when it is decided, and what is refused.
using AgentFunctions.Approvals;
using AgentFunctions.Tests.Storage;

namespace AgentFunctions.Tests.Approvals;

public sealed class ApprovalDecisionTests
{
    private static readonly DateTimeOffset _now = Samples.Start.AddMinutes(5);
    private static readonly ApprovalRecord _pending = ApprovalStoreBehaviour.Approval("a1");

    [Fact]
    public void One_word_decides_with_who_when_and_why()
    {
        var decided = _pending.Vote(new ApprovalVote(ApprovalStatus.Rejected, "ada", "too much", _now));

        Assert.Equal((ApprovalStatus.Rejected, "ada", _now, "too much"), (decided.Status, decided.ResolvedBy, decided.ResolvedAt, decided.Note));
        Assert.Equal(ApprovalRefusal.Decided, Refusal(decided, Yes("grace", _now)));
    }

    [Fact]
    public void The_same_vote_applied_again_changes_nothing()
    {
        var decided = _pending.Vote(Yes("ada"));
        Assert.Same(decided, decided.Vote(Yes("ada")));
    }

    [Fact]
    public void A_quorum_needs_different_people_and_a_rejection_ends_it()
    {
        var one = (_pending with { Quorum = 2 }).Vote(Yes("Ada"));

        Assert.True(one.IsPending);
        Assert.Equal(ApprovalRefusal.Decided, Refusal(one, Yes(" ada ", _now.AddSeconds(1))));
        Assert.Equal(ApprovalRefusal.Unnamed, Refusal(one, Yes(null)));
        Assert.Equal(ApprovalStatus.Approved, one.Vote(Yes("grace")).Status);
        Assert.Equal(ApprovalStatus.Rejected, one.Vote(new ApprovalVote(ApprovalStatus.Rejected, "grace", null, _now)).Status);
        Assert.Equal(ApprovalStatus.Rejected, (_pending with { Quorum = 2 }).Vote(new ApprovalVote(ApprovalStatus.Rejected, "ada", null, _now)).Status);
    }

    [Fact]
    public void Only_approvers_decide_where_they_are_named()
    {
        var approval = _pending with { Approvers = ["ada"] };

        Assert.Equal(ApprovalRefusal.NotAnApprover, Refusal(approval, Yes("mallory")));
        Assert.Equal(ApprovalRefusal.Unnamed, Refusal(approval, Yes(null)));
        Assert.Equal(ApprovalStatus.Approved, approval.Vote(Yes("ADA")).Status);
    }

    [Fact]
    public void Nobody_decides_after_the_time_is_over_though_no_timer_has_fired_yet() =>
        Assert.Equal(ApprovalRefusal.Decided, Refusal(_pending with { ExpiresAt = _now }, Yes("ada")));

    [Fact]
    public void Closing_ends_what_is_pending_and_nothing_else()
    {
        var expired = _pending.Close(ApprovalStatus.Expired, _now);
        Assert.Equal((ApprovalStatus.Expired, _now), (expired.Status, expired.ResolvedAt));
        Assert.Equal(ApprovalStatus.Expired, expired.Close(ApprovalStatus.Cancelled, _now).Status);
        Assert.Null(expired.Escalate(_now).EscalatedAt);
    }

    private static ApprovalVote Yes(string? by, DateTimeOffset? at = null) => new(ApprovalStatus.Approved, by, null, at ?? _now);

    private static ApprovalRefusal Refusal(ApprovalRecord approval, ApprovalVote vote) =>
        Assert.Throws<ApprovalRefusedException>(() => approval.Vote(vote)).Reason;
}
