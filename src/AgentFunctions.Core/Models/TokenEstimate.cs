// How many tokens something is, where no provider has counted them.
using AgentFunctions.Models.Providers;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models;

/// <summary>One token for each four characters, rounded up; an image counts as a thousand characters, whatever its size.</summary>
internal static class TokenEstimate
{
    private const int CharactersPerToken = 4;
    private const int CharactersPerImage = 1_000;

    public static long Of(IEnumerable<AIContent> contents) => OfCharacters(contents.Sum(Length));

    public static long OfCharacters(long characters) => (characters + CharactersPerToken - 1) / CharactersPerToken;

    public static long Length(AIContent content) => content switch
    {
        TextContent text => text.Text.Length,
        TextReasoningContent thought => thought.Text.Length,
        FunctionCallContent call => call.Name.Length + WireText.ArgumentsOf(call).ToJsonString().Length,
        FunctionResultContent result => WireText.ResultOf(result).Length,
        DataContent or UriContent => CharactersPerImage,
        _ => 0,
    };
}
