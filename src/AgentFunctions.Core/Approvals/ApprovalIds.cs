// Ids of approvals: derived from what is asked, so that a repeated delivery finds its row again.
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AgentFunctions.Approvals;

public static class ApprovalIds
{
    /// <summary>
    /// The id of the request for one call with these arguments: the same call with others is another request, so that an
    /// approval never covers what the person did not see.
    /// </summary>
    /// <param name="occasion">See <see cref="ApprovalRecord.Occasion"/>.</param>
    public static string Of(string runId, int step, string callId, JsonElement? arguments, string? occasion = null)
    {
        var asked = $"{runId}:{step}:{callId}\n{occasion}\n{arguments?.GetRawText()}";
        return $"apr_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(asked)))[..32]}";
    }
}
