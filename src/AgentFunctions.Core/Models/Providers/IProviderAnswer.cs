using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models.Providers;

/// <summary>One streamed answer while its events are read.</summary>
internal interface IProviderAnswer
{
    /// <summary>What the event adds for the reader, or null.</summary>
    ChatResponseUpdate? Read(JsonElement data);

    /// <summary>The end of the answer with its usage, or null when the server never said that it was complete.</summary>
    ChatResponseUpdate? End();

    /// <summary>The end of an answer that broke off: the usage that was reported until then, if any.</summary>
    ChatResponseUpdate BrokenOff();
}
