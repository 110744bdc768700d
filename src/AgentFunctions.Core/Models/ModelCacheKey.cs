// Tells a provider which calls begin alike, so that they reach the server that has their beginning in its cache.
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models;

internal static class ModelCacheKey
{
    private const string Name = "prompt_cache_key";

    /// <summary>Puts the session's key into the options of a call: a hash, since session ids may be names of people.</summary>
    public static AdditionalPropertiesDictionary ForSession(string sessionId) =>
        new() { [Name] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sessionId)))[..32] };

    public static string? Of(ChatOptions? options) => options?.AdditionalProperties?.TryGetValue(Name, out string? key) == true ? key : null;
}
