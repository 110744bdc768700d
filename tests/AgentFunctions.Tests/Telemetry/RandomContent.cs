using System.Text.Json;
using AgentFunctions.Models;

namespace AgentFunctions.Tests.Telemetry;

/// <summary>Messages that nobody would think of, the same for the same seed.</summary>
internal static class RandomContent
{
    private static readonly string[] _pieces =
        ["a", "\"", "\\", "\n", "å", "😀", "<", "\u0001", " word", " ola@mail.example ", " 4111 1111 1111 1111, ", " password: x1y2z3"];

    public static List<Message> Messages(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => new Message { Role = Pick(random, "user", "assistant", "tool"), Parts = Parts(random) })];

    private static List<MessagePart> Parts(Random random) =>
        [.. Enumerable.Range(0, random.Next(0, 4)).Select(i => random.Next(3) switch
        {
            0 => MessagePart.OfText(Text(random)),
            1 => new MessagePart { Type = MessagePart.ToolCallType, Id = $"call_{i}", Name = "t", Arguments = Json(random, 3) },
            _ => new MessagePart { Type = MessagePart.ToolResponseType, Id = $"call_{i}", Response = Json(random, 4) },
        })];

    private static JsonElement Json(Random random, int depth) => random.Next(depth == 0 ? 3 : 5) switch
    {
        0 => JsonSerializer.SerializeToElement(Text(random)),
        1 => JsonSerializer.SerializeToElement(random.NextDouble()),
        2 => JsonSerializer.SerializeToElement<object?>(null),
        3 => JsonSerializer.SerializeToElement(Enumerable.Range(0, random.Next(6)).Select(_ => Json(random, depth - 1))),
        _ => JsonSerializer.SerializeToElement(Enumerable.Range(0, random.Next(5)).ToDictionary(i => $"{Text(random)[..1]}{i}", _ => Json(random, depth - 1))),
    };

    private static string Text(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(1, 60)).Select(_ => Pick(random, _pieces)));

    private static string Pick(Random random, params IReadOnlyList<string> items) => items[random.Next(items.Count)];
}
