// Where in a run a step attempt is, and the keys that follow from it: the same on replay, retry and in every process.
using System.Security.Cryptography;
using System.Text;

namespace AgentFunctions.Workflows;

/// <summary>
/// An address such as <c>refine[2]/draft@3</c>: the third attempt of <c>draft</c> in the second round of the loop
/// <c>refine</c>. First attempts have no number; <c>@fallback</c> is the fallback of a step.
/// </summary>
public static class StepAddress
{
    private const string FallbackMark = "fallback";

    /// <param name="around">The address of the step around it; empty at the top.</param>
    public static string Of(string around, string id, int attempt) => Below(around, attempt == 1 ? id : $"{id}@{attempt}");

    /// <param name="first">The number of the first attempt that failed; more than 1 when the step was done again.</param>
    public static string Fallback(string around, string id, int first) => Below(around, first == 1 ? $"{id}@{FallbackMark}" : $"{id}@{first}-{FallbackMark}");

    /// <summary>A loop's round, around the steps in it.</summary>
    public static string Round(string loop, int iteration) => $"{loop}[{iteration}]";

    /// <summary>The address of the step around it; null at the top.</summary>
    public static string? Parent(string address)
    {
        var end = address.LastIndexOf('/');
        if (end < 0)
            return null;
        var around = address[..end];
        return around.EndsWith(']') ? around[..around.LastIndexOf('[')] : around;
    }

    public static bool IsFallback(string address) =>
        address.EndsWith(FallbackMark, StringComparison.Ordinal) && address.LastIndexOf('@') > address.LastIndexOf('/');

    /// <summary>The id of the step's tool call; letters that every provider takes.</summary>
    public static string CallId(string address) => $"call_{Token(address)}";

    /// <summary>Path of the step's span in the run's trace.</summary>
    public static string SpanPath(string address) => $"step/{Token(address)}";

    /// <summary>Path of the span of the step that made the tool call.</summary>
    public static string SpanPathOfCall(string callId) => $"step/{callId["call_".Length..]}";

    private static string Below(string around, string name) => around.Length == 0 ? name : $"{around}/{name}";

    private static string Token(string address) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(address)))[..16];
}
