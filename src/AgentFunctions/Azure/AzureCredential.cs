// Which identity the app uses towards Azure.
using Azure.Core;
using Azure.Identity;

namespace AgentFunctions.Azure;

internal static class AzureCredential
{
    /// <summary>
    /// The managed identity with this client id; without one, whatever is signed in: the app's own identity in Azure, the
    /// developer on a workstation.
    /// </summary>
    public static TokenCredential For(string? clientId) => string.IsNullOrEmpty(clientId)
        ? new DefaultAzureCredential()
        : new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(clientId));
}
