// Puts tool calls together from their deltas.
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models.Providers;

/// <summary>
/// Deltas belong to the call of their <c>index</c>. Servers that leave the index out, or give every call the same one,
/// mark a new call by a new id; without either, a new name does.
/// </summary>
internal sealed class ToolCallDeltas
{
    private readonly List<Call> _calls = [];

    public void Add(JsonElement delta)
    {
        var function = delta.Member("function");
        var name = function?.Text("name");
        var call = Find(delta.Number("index"), delta.Text("id"), name);
        call.Id ??= delta.Text("id");
        call.Name ??= name;
        call.Signature ??= delta.Member("extra_content")?.Member("google")?.Text("thought_signature");
        if (function?.Member("arguments") is { } arguments)
            call.Arguments.Append(arguments.ValueKind == JsonValueKind.String ? arguments.GetString() : arguments.GetRawText());
    }

    public IEnumerable<FunctionCallContent> Complete(CallIds ids) =>
        _calls.Where(c => c.Name is not null).Select(c =>
            MessageConversion.ToCall(ids.Next(c.Id), c.Name!, c.Arguments.ToString()).WithSignature(c.Signature));

    private Call Find(long? index, string? id, string? name)
    {
        var known = index is null ? _calls.LastOrDefault() : _calls.LastOrDefault(c => c.Index == index);
        var another = known is null
            || (id is not null && known.Id is not null && id != known.Id)
            || (index is null && id is null && name is not null && known.Name is not null);
        if (!another)
            return known!;
        var call = new Call(index);
        _calls.Add(call);
        return call;
    }

    private sealed class Call(long? index)
    {
        public long? Index => index;
        public string? Id { get; set; }
        public string? Name { get; set; }

        /// <summary>Gemini's, over the thoughts that led to the call.</summary>
        public string? Signature { get; set; }
        public StringBuilder Arguments { get; } = new();
    }
}
