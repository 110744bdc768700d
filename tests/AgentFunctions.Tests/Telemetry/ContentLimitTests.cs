using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Telemetry;

namespace AgentFunctions.Tests.Telemetry;

/// <summary>What a limit leaves of content, on chosen and on random messages.</summary>
public sealed class ContentLimitTests
{
    [Fact]
    public void The_oldest_message_is_cut_first_and_says_how_much_is_gone()
    {
        var json = AgentJson.Serialize(new[] { Message.User(new string('z', 200)), Message.User(new string('b', 200)) });

        var messages = JsonNode.Parse(ContentLimit.Messages(json, json.Length - 100))!;

        var (old, recent) = ((string)messages[0]!["parts"]![0]!["content"]!, (string)messages[1]!["parts"]![0]!["content"]!);
        Assert.Matches(@"^z+…\[\+[0-9]+ characters\]$", old);
        Assert.Equal(200, old.Count(c => c == 'z') + int.Parse(old[(old.IndexOf('+', StringComparison.Ordinal) + 1)..old.IndexOf(" ch", StringComparison.Ordinal)], null));
        Assert.Equal(new string('b', 200), recent);
    }

    [Fact]
    public void When_texts_are_not_enough_roles_stay_and_then_the_oldest_messages_go()
    {
        var numbers = JsonSerializer.SerializeToElement(Enumerable.Range(0, 200));
        var json = AgentJson.Serialize(new[] { Message.User("why?"), Message.ToolResult("1", numbers), Message.User("so?") });

        Assert.Equal(
            """[{"role":"user","parts":[]},{"role":"tool","parts":[]},{"role":"user","parts":[{"type":"text","content":"so?"}]}]""",
            ContentLimit.Messages(json, 200));
        Assert.Equal("""[{"role":"user","parts":[{"type":"text","content":"so?"}]}]""", ContentLimit.Messages(json, 64));
    }

    [Fact]
    public void Of_arguments_the_longest_text_is_cut_and_the_others_stay()
    {
        var json = $$"""{"city":"Oslo","note":"{{new string('x', 300)}}","n":[1,2]}""";

        var cut = JsonNode.Parse(ContentLimit.Json(json, 100))!;

        Assert.Equal(("Oslo", "[1,2]"), ((string)cut["city"]!, cut["n"]!.ToJsonString()));
        Assert.Matches(@"^x+…\[\+[0-9]+ characters\]$", (string)cut["note"]!);
    }

    [Fact]
    public void Json_that_has_no_text_to_cut_becomes_a_string_with_its_beginning()
    {
        var json = JsonSerializer.Serialize(Enumerable.Range(0, 100));

        var cut = ContentLimit.Json(json, 64);

        Assert.InRange(cut.Length, 50, 64);
        Assert.StartsWith("[0,1,2,", JsonSerializer.Deserialize<string>(cut), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pair_of_surrogates_is_not_cut_in_two()
    {
        for (var max = ContentLimit.Min; max < 80; max++)
            Assert.Matches("^(😀)+…", ContentLimit.Text(string.Concat(Enumerable.Repeat("😀", 60)), max));
    }

    [Fact]
    public void Any_messages_under_any_limit_stay_valid_json_within_the_limit_and_are_not_cut_twice()
    {
        var random = new Random(20260301);
        for (var i = 0; i < 300; i++)
        {
            var json = AgentJson.Serialize(RandomContent.Messages(random));
            var max = random.Next(ContentLimit.Min, json.Length + 50);

            AssertFits(ContentLimit.Messages(json, max), max, json, ContentLimit.Messages);
            AssertFits(ContentLimit.Json(json, max), max, json, ContentLimit.Json);
            var kept = JsonNode.Parse(ContentLimit.Messages(json, max))!.AsArray();
            Assert.All(kept, m => Assert.NotNull((string?)m!["role"]));
        }
    }

    private static void AssertFits(string cut, int max, string json, Func<string, int, string> limit)
    {
        using var valid = JsonDocument.Parse(cut);
        Assert.True(cut.Length <= max, $"{cut.Length} > {max}: {cut}");
        Assert.Equal(cut, limit(cut, max));
        if (json.Length <= max)
            Assert.Same(json, cut);
    }
}
