// The checker of the crash harness must see every way in which an engine could break its promises.
using AgentFunctions.Tests.CrashHost.Torture;
using AgentFunctions.Tests.CrashHost.Work;

namespace AgentFunctions.Tests.Crashes;

public sealed class CheckerTests : IDisposable
{
    private readonly Story _story = new();

    public void Dispose() => _story.Dispose();

    [Fact]
    public void Evidence_of_a_sound_engine_has_no_violation() => Assert.Empty(_story.Check());

    [Fact]
    public void An_acknowledged_start_that_is_gone_is_a_lost_run() =>
        Expect("lost run", Story.Chain, story => story.Sql($"DELETE FROM instances WHERE instance_id = '{Story.Chain}'"));

    [Fact]
    public void A_404_for_an_acknowledged_start_is_a_lost_run() =>
        Expect("lost run", Story.Letters, story => story.Change(
            call => call is { Kind: CallKind.Look, Target: Story.Letters }, call => call with { Answer = Answer.Missing, Seen = null }));

    [Fact]
    public void A_child_that_is_gone_is_a_lost_run() =>
        Expect("lost run", $"{Story.Family}.0", story => story.Sql($"DELETE FROM instances WHERE instance_id = '{Story.Family}.0'"));

    [Fact]
    public void A_start_that_takes_effect_after_it_was_not_there_is_a_late_run() =>
        Expect("late run", Story.NeverBegun, story => story.StoreInstance(Story.NeverBegun, "Terminated"));

    [Fact]
    public void A_run_that_nobody_asked_for_is_unknown() =>
        Expect("unknown run", "fan-9-9", story => story.StoreInstance("fan-9-9", "Terminated"));

    [Fact]
    public void A_purged_run_that_is_back_is_seen() =>
        Expect("purged run", Story.Purged, story => story.StoreInstance(Story.Purged, "Terminated"));

    [Fact]
    public void A_history_without_an_instance_is_orphaned() =>
        Expect("orphaned history", "instance 99", story => story.Sql("INSERT INTO history VALUES (99, 0, 'ExecutionStarted')"));

    [Fact]
    public void A_run_that_has_not_ended_is_stuck() =>
        Expect("stuck run", Story.Chain, story => story.Sql($"UPDATE instances SET status = 0 WHERE instance_id = '{Story.Chain}'"));

    [Fact]
    public void A_terminate_without_effect_is_a_stuck_run() =>
        Expect("stuck run", Story.Parked, story => story.Sql($"UPDATE instances SET status = 0 WHERE instance_id = '{Story.Parked}'"));

    [Fact]
    public void A_message_that_nobody_processes_is_stuck() =>
        Expect("stuck message", Story.Chain, story => story.Sql($"INSERT INTO inbox VALUES ('{Story.Chain}')"));

    [Fact]
    public void A_lock_that_nobody_releases_is_stuck() =>
        Expect("stuck lock", "@counter@0-0", story => story.Sql("UPDATE entities SET locked_by = 'x' WHERE entity_id = '@counter@0-0'"));

    [Fact]
    public void A_failed_run_is_seen() =>
        Expect("failed run", Story.Chain, story => story.Sql($"UPDATE instances SET status = 3 WHERE instance_id = '{Story.Chain}'"));

    [Fact]
    public void A_run_that_is_terminated_though_nobody_asked_is_seen() =>
        Expect("terminated run", Story.Chain, story => story.Sql($"UPDATE instances SET status = 5 WHERE instance_id = '{Story.Chain}'"));

    [Fact]
    public void An_end_that_changes_after_a_client_saw_it_is_seen() =>
        Expect("changed end", Story.Chain, story => story.Ask(CallKind.Look, Story.Chain, seen: new Sight("Terminated", null, null)));

    [Fact]
    public void A_wrong_result_is_seen() =>
        Expect("wrong result", Story.Chain, story => story.Sql($"UPDATE instances SET output = '{"""{"Value":1,"Letters":[]}"""}' WHERE instance_id = '{Story.Chain}'"));

    [Fact]
    public void An_event_that_was_not_taken_is_lost() => Expect("lost event", Story.Letters, story => Take(story, 0, 2));

    [Fact]
    public void An_event_that_was_taken_twice_is_doubled() => Expect("doubled event", Story.Letters, story => Take(story, 0, 1, 1, 2));

    [Fact]
    public void Events_out_of_order_are_swapped() => Expect("swapped events", Story.Letters, story => Take(story, 1, 0, 2));

    [Fact]
    public void An_event_that_was_refused_and_taken_is_unknown() =>
        Expect("unknown event", Story.Letters, story => story.Change(
            call => call.Argument == $"{Story.Letters}:1", call => call with { Answer = Answer.Refused }));

    [Fact]
    public void A_step_that_starts_after_a_later_one_is_repeated() => Expect("repeated or lost step", Story.Chain, story => story.Start(3, Story.Chain, 0));

    [Fact]
    public void An_attempt_that_starts_after_a_later_one_is_repeated() =>
        Expect("repeated or lost step", Story.Parked, story =>
        {
            story.Start(2, Story.Parked, 0, task: 2);
            story.Start(3, Story.Parked, 0, task: 0);
        });

    [Fact]
    public void A_step_that_starts_twice_in_one_host_is_repeated() => Expect("repeated or lost step", Story.Chain, story => story.Start(2, Story.Chain, 1));

    [Fact]
    public void A_step_that_starts_again_after_a_stop_in_good_order_is_repeated() =>
        Expect("repeated or lost step", Story.Chain, story => story.Start(3, Story.Chain, 1));

    [Fact]
    public void A_step_whose_result_a_client_saw_may_not_start_again_even_after_a_kill() =>
        Expect("repeated or lost step", Story.Parked, story =>
        {
            story.Endings[1] = new Ending(2, InGoodOrder: false);
            story.Start(3, Story.Parked, 0);
        });

    [Fact]
    public void A_step_may_not_start_again_after_a_client_saw_the_end() =>
        Expect("repeated or lost step", Story.Purged, story =>
        {
            story.Endings[1] = new Ending(2, InGoodOrder: false);
            story.Start(3, Story.Purged, 1);
        });

    [Fact]
    public void A_completed_run_whose_step_never_ran_is_seen() => Expect("repeated or lost step", Story.Chain, story => story.Forget(Story.Chain, 1));

    [Fact]
    public void A_step_of_a_run_that_does_not_exist_is_unknown() => Expect("unknown step", "fan-9-9", story => story.Start(3, "fan-9-9", 0));

    [Fact]
    public void A_signal_that_was_not_applied_is_lost() => Expect("lost signal", "@counter@0-0", story => story.StoreSignals("0-1", "1-1"));

    [Fact]
    public void A_signal_that_was_applied_twice_is_doubled() => Expect("doubled signal", "@counter@0-0", story => story.StoreSignals("0-1", "1-1", "1-1", "0-2"));

    [Fact]
    public void Signals_of_one_client_out_of_order_are_swapped() => Expect("swapped signals", "@counter@0-0", story => story.StoreSignals("0-2", "0-1", "1-1"));

    [Fact]
    public void A_signal_that_nobody_sent_is_unknown() => Expect("unknown signal", "@counter@0-0", story => story.StoreSignals("0-1", "0-2", "9-9"));

    [Fact]
    public void A_signal_between_entities_that_was_not_applied_is_lost() =>
        Expect("lost signal", "@mirror@0-0", story => story.StoreEntity("@mirror@0-0", new[] { "0-1", "0-2" }));

    [Fact]
    public void A_signal_of_an_orchestration_that_was_not_applied_is_lost() =>
        Expect("lost signal", "@tally@t3", story => story.StoreEntity("@tally@t3", Array.Empty<string>()));

    [Fact]
    public void A_signal_of_an_orchestration_that_was_applied_twice_is_doubled() =>
        Expect("doubled signal", "@tally@t3", story => story.StoreEntity("@tally@t3", new[] { Story.Chain, Story.Chain }));

    [Fact]
    public void A_balance_that_lost_an_update_shows_a_broken_lock() =>
        Expect("broken lock", "@account@a2", story => story.Sql("""UPDATE entities SET state = replace(state, '{"Balance":-10', '{"Balance":0') WHERE entity_id = '@account@a2'"""));

    [Fact]
    public void A_booking_that_is_missing_is_seen() =>
        Expect("wrong bookings", Story.Transfer, story => story.Sql("DELETE FROM entities WHERE entity_id = '@account@a2'"));

    [Fact]
    public void A_server_error_of_a_host_that_was_not_stopping_is_seen() =>
        Expect("no answer", Story.Chain, story => story.Ask(CallKind.Look, Story.Chain, answer: Answer.Error, epoch: 1));

    [Fact]
    public void A_request_that_was_never_answered_is_seen() =>
        Expect("no answer", Story.Chain, story => story.Ask(CallKind.Look, Story.Chain, answer: Answer.TimedOut));

    private static void Take(Story story, params int[] letters)
    {
        var taken = letters.Select(letter => $"{Story.Letters}:{letter}").ToList();
        story.Sql($"DELETE FROM instances WHERE instance_id = '{Story.Letters}'");
        story.StoreInstance(Story.Letters, "Completed", new Outcome(0, taken));
    }

    private void Expect(string rule, string subject, Action<Story> tamper)
    {
        tamper(_story);
        Assert.Contains(_story.Check(), violation => violation.Rule == rule && violation.Subject == subject);
    }
}
