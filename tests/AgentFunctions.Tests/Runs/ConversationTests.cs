// Which earlier messages a run's model is sent.
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using AgentFunctions.Tests.Storage;

namespace AgentFunctions.Tests.Runs;

public sealed class ConversationTests
{
    // Each message is estimated at 4 tokens and one more for its four characters.
    private static readonly IReadOnlyList<RunMessage> _messages =
        [Of("run_1", 1), Of("run_1", 2), Of("run_1", 3), Of("run_1", 4), Of("run_2", 1), Of("run_2", 2)];

    [Theory]
    [InlineData(6, null, 6)]
    [InlineData(5, null, 2)]
    [InlineData(2, null, 2)]
    [InlineData(1, null, 0)]
    [InlineData(9, 30, 6)]
    [InlineData(9, 29, 2)]
    [InlineData(9, 9, 0)]
    public void A_run_that_does_not_fit_the_window_is_left_out_whole_so_that_no_tool_call_lacks_its_result(int most, int? tokens, int kept) =>
        Assert.Equal(_messages.TakeLast(kept), Conversation.Fit(_messages, most, tokens));

    private static RunMessage Of(string runId, int position) => new(runId, position, 1, Message.User("word"), Samples.Start);
}
