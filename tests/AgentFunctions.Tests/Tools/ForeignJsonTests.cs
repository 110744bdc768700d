// JSON that models and tools send, and that our own stores must be able to hold.
using AgentFunctions.Agents;
using AgentFunctions.Models;

namespace AgentFunctions.Tests.Tools;

public sealed class ForeignJsonTests
{
    [Theory]
    [InlineData("""{"a":"\ud83d"}""", """{"a":"\ufffd"}""")]
    [InlineData("""{"a":"\uDE00x"}""", """{"a":"\ufffdx"}""")]
    [InlineData("""{"a":"\ud83d\ud83d\ude00"}""", """{"a":"\ufffd\ud83d\ude00"}""")]
    [InlineData("""{"a":"\ud83d\n"}""", """{"a":"\ufffd\n"}""")]
    [InlineData("""{"\ud83d":1}""", """{"\ufffd":1}""")]
    public void Half_a_surrogate_pair_becomes_the_replacement_character(string sent, string kept) =>
        Assert.Equal(kept, ForeignJson.Parse(sent).GetRawText());

    [Theory]
    [InlineData("""{"a":"\ud83d\ude00"}""")]
    [InlineData("""{"a":"C:\\ud83d","b":"\\\\ud83d"}""")]
    [InlineData("""{"a":"\\","b":"é😀"}""")]
    [InlineData("[1,null,true]")]
    public void Everything_else_stays_as_it_was_sent(string sent) => Assert.Equal(sent, ForeignJson.Parse(sent).GetRawText());

    [Theory]
    [InlineData("""{"a":"\ud83""")]
    [InlineData("""{"a":"\ud8zz"}""")]
    [InlineData("""{"a":"\ud83d\""")]
    public void What_is_no_json_is_still_refused(string sent) =>
        Assert.ThrowsAny<System.Text.Json.JsonException>(() => ForeignJson.Parse(sent));

    [Fact]
    public void A_message_with_a_tools_broken_answer_can_be_stored()
    {
        var message = Message.ToolResult("call_1", ForeignJson.Parse("""{"city":"Oslo \ud83d"}"""));
        var stored = AgentJson.Deserialize<Message>(AgentJson.Serialize(message));
        Assert.Equal("Oslo \ufffd", stored.Parts[0].Response!.Value.GetProperty("city").GetString());
    }
}
