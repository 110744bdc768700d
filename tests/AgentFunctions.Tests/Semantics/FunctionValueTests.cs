using System.Text.Json.Serialization;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Worker;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// Values of functions, which Azure's worker converts with its own serializer: ObjectConverterShim of the worker's Durable Task
/// extension and the JsonSerializerOptions of Microsoft.Azure.Functions.Worker.
/// </summary>
public sealed class FunctionValueTests : IDisposable
{
    [JsonDerivedType(typeof(Circle), "circle")]
    [JsonDerivedType(typeof(Square), "square")]
    public record Shape;

    public sealed record Circle(double Radius) : Shape;

    public sealed record Square(double Side) : Shape;

    public sealed record Drawing(IReadOnlyList<Shape> Shapes);

    public static class Samples
    {
        [Function("DrawSquare")]
        public static Shape DrawSquare([ActivityTrigger] int side) => new Square(side);

        [Function("Pair")]
        public static (int Left, string Right) Pair([ActivityTrigger] int left) => (left, "two");

        [Function("Canvas")]
        public static Task Canvas([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync(operation =>
        {
            var drawing = operation.State.GetState<Drawing>() ?? new Drawing([]);
            operation.State.SetState(new Drawing([.. drawing.Shapes, operation.GetInput<Circle>()!]));
            return default;
        });

        [Function("Draw")]
        public static async Task<string> Draw([OrchestrationTrigger] TaskOrchestrationContext context, Drawing drawing)
        {
            var square = await context.CallActivityAsync<Square>("DrawSquare", 2);
            var shape = await context.CallActivityAsync<Shape>("DrawSquare", 2);
            var pair = await context.CallActivityAsync<(int, string)>("Pair", 1);
            await context.Entities.CallEntityAsync(new EntityInstanceId("Canvas", "x"), "add", new Circle(3));
            return $"{string.Join(' ', drawing.Shapes)} | {square} | {shape} | {pair}";
        }
    }

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_kind_is_kept_inside_a_value_and_lost_at_the_root_and_fields_are_not_written()
    {
        var builder = FunctionsHost.Builder(typeof(Samples));
        builder.Services.AddSingleton(_ => SqliteDatabase.Open(_folder.File("state.db")));
        await using var host = await FunctionsHost.StartAsync(builder);
        var client = host.Services.GetRequiredService<DurableTaskClient>();

        var id = await client.ScheduleNewOrchestrationInstanceAsync("Draw", new Drawing([new Circle(1), new Square(4)]));
        var end = await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true).WaitAsync(FunctionsHost.Patience);

        Assert.Equal("Circle { Radius = 1 } Square { Side = 4 } | Square { Side = 2 } | Shape { } | (0, )", end.ReadOutputAs<string>());
        Assert.Equal([new Circle(3)], (await client.Entities.GetEntityAsync<Drawing>(new EntityInstanceId("Canvas", "x")))!.State.Shapes);
    }
}
