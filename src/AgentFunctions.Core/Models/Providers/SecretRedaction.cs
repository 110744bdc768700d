// Keeps keys out of error messages: providers like to quote them.
using System.Text.RegularExpressions;

namespace AgentFunctions.Models.Providers;

/// <summary>Cuts a provider's text to a readable length and takes the configured key, and whatever looks like a key, out of it.</summary>
internal sealed partial class SecretRedaction(string? key)
{
    private const int MaxLength = 500;

    public string Clean(string text)
    {
        var clean = string.IsNullOrWhiteSpace(key) ? text : text.Replace(key, "***", StringComparison.Ordinal);
        clean = KeyLike().Replace(clean, "***").ReplaceLineEndings(" ").Trim();
        return clean.Length <= MaxLength ? clean : clean[..MaxLength] + "…";
    }

    [GeneratedRegex(@"\b(sk|pk|gsk|xai|key)-[\w*.-]{6,}|\bBearer\s+\S+|\bAIza[\w-]{10,}")]
    private static partial Regex KeyLike();
}
