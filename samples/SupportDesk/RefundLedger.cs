// The stand-in for a payment provider: one JSON line for each refund, so that everyone can count them.
using System.Text.Json;

namespace SupportDesk;

/// <param name="path">The file; it is made when there is a first refund.</param>
public sealed class RefundLedger(string path)
{
    private readonly Lock _turn = new();

    public void Append(Refund refund)
    {
        lock (_turn)
            File.AppendAllText(path, JsonSerializer.Serialize(refund, JsonSerializerOptions.Web) + "\n");
    }
}
