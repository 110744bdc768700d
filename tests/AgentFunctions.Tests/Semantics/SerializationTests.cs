using System.Text.Json;
using System.Text.Json.Serialization;
using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// Values on their way through inputs, outputs, activities, events, sub-orchestrations, custom status and entity state: Microsoft
/// Learn, "Data persistence and serialization in Durable Functions", and Microsoft.DurableTask's JsonDataConverter.
/// </summary>
public class SerializationTests : SemanticsTests
{
    private static readonly JsonSerializerOptions _withFields = new() { IncludeFields = true };

    public enum Kind
    {
        Small,
        Large = 7,
    }

    [JsonDerivedType(typeof(Circle), "circle")]
    [JsonDerivedType(typeof(Square), "square")]
    public abstract record Shape;

    public sealed record Circle(double Radius) : Shape;

    public sealed record Square(double Side) : Shape;

    public sealed record Drawing(IReadOnlyList<Shape> Shapes);

    public sealed record Everything(
        Kind Kind,
        Kind? NoKind,
        int? Number,
        int? NoNumber,
        string? NoText,
        decimal Money,
        double Ratio,
        Guid Id,
        DateTimeOffset At,
        TimeSpan For,
        DateTime Utc,
        DateOnly Day,
        Uri Link,
        byte[] Bytes,
        Dictionary<string, List<int>> Lists,
        (int Left, string Right) Pair,
        string Text)
    {
        public static Everything Sample { get; } = new(
            Kind.Large, null, 5, null, null, 79228162514264337593543950335m, double.Epsilon, new Guid("0f8fad5b-d9cb-469f-a165-70867728950e"),
            new DateTimeOffset(2026, 3, 29, 2, 30, 0, 123, TimeSpan.FromHours(5.5)), TimeSpan.FromTicks(-1),
            new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc), new DateOnly(2024, 2, 29), new Uri("https://example.test/a?b=c"), [0, 255],
            new() { ["a b"] = [1, 2], ["A B"] = [] }, (1, "two"), "quotes \" back \\ slash </script> \u0000 \ud83d\ude00 é");

        public override string ToString() => JsonSerializer.Serialize(this, _withFields);
    }

    /// <summary>An engine whose orchestrator "Carry" sends its input along every way there is, and returns what came back.</summary>
    private Task<EngineHost> StartAsync<T>() =>
        Host()
            .Activity<T>("Echo", value => value)
            .Entity("Keep", operation =>
            {
                if (operation.HasInput)
                {
                    operation.State.SetState(operation.GetInput<T>());
                }
                return ValueTask.FromResult<object?>(operation.State.GetState<T>());
            })
            .Orchestrator("Child", context => Task.FromResult(context.GetInput<T>()!))
            .Orchestrator("Carry", async context =>
            {
                var value = await context.CallActivityAsync<T>("Echo", context.GetInput<T>());
                value = await context.CallSubOrchestratorAsync<T>("Child", value);
                value = await context.Entities.CallEntityAsync<T>(new EntityInstanceId("Keep", "x"), "set", value);
                value = await context.Entities.CallEntityAsync<T>(new EntityInstanceId("Keep", "x"), "get");
                context.SetCustomStatus(value);
                var raised = await context.WaitForExternalEvent<T>("value");
                return new[] { value, raised };
            })
            .StartAsync();

    private async Task<(T Input, T Status, T[] Output, T State)> CarryAsync<T>(T value, bool restart = false)
    {
        await using var host = await StartAsync<T>();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Carry", value);
        await EngineHost.UntilAsync(async () => (await host.Client.GetInstanceAsync(id, true))!.SerializedCustomStatus is not null);
        if (restart)
        {
            await host.RestartAsync();
        }
        await host.Client.RaiseEventAsync(id, "value", value);
        var end = await host.EndOfAsync(id);
        Assert.Null(end.FailureDetails);
        var entity = (await host.Client.Entities.GetEntityAsync<T>(new EntityInstanceId("Keep", "x")))!;
        return (end.ReadInputAs<T>()!, end.ReadCustomStatusAs<T>()!, end.ReadOutputAs<T[]>()!, entity.State!);
    }

    [Fact]
    public async Task A_record_with_every_common_type_comes_back_the_same_on_every_way()
    {
        var (input, status, output, state) = await CarryAsync(Everything.Sample, restart: true);
        Assert.All([input, status, .. output, state], value => Assert.Equal(Everything.Sample.ToString(), value.ToString()));
    }

    [Fact]
    public async Task Nested_values_keep_their_kind_where_their_type_names_the_kinds()
    {
        var (_, _, output, state) = await CarryAsync(new Drawing([new Circle(1.5), new Square(2)]));
        Assert.All([.. output, state], drawing => Assert.Equal([new Circle(1.5), new Square(2)], drawing.Shapes));
    }

    [Fact]
    public async Task Enums_are_numbers_and_names_keep_their_case()
    {
        await using var host = await StartAsync<Dictionary<string, Kind>>();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Child", new Dictionary<string, Kind> { ["camelCase"] = Kind.Large });
        Assert.Equal("""{"camelCase":7}""", (await host.EndOfAsync(id)).SerializedOutput);
    }

    [Fact]
    public async Task Null_is_no_value_and_reads_as_the_default()
    {
        await using var host = await Host()
            .Activity<string?>("Echo", text => text)
            .Orchestrator("Nulls", async context =>
            {
                var text = await context.CallActivityAsync<string?>("Echo", input: null);
                var number = await context.CallActivityAsync<int>("Echo", input: null);
                var raised = await context.WaitForExternalEvent<int?>("e");
                return $"{context.GetInput<string>() ?? "null"} {text ?? "null"} {number} {raised?.ToString() ?? "null"}";
            })
            .Orchestrator("Nothing", _ => Task.FromResult<string?>(null))
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Nulls");
        await host.Client.RaiseEventAsync(id, "e");

        var end = await host.EndOfAsync(id);
        Assert.Equal(("null null 0 null", null), (end.ReadOutputAs<string>(), end.SerializedInput));
        Assert.Null((await host.RunAsync("Nothing")).SerializedOutput);
    }

    [Fact]
    public async Task A_value_of_five_megabytes_passes_every_way()
    {
        var large = string.Create(5 * 1024 * 1024, 0, (text, _) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = (char)('a' + (i % 26));
            }
        });
        var (input, status, output, state) = await CarryAsync(large, restart: true);
        Assert.All([input, status, .. output, state], value => Assert.Equal(large.Length, value.Length));
        Assert.All([input, status, .. output, state], value => Assert.True(value == large));
    }

    [Fact]
    public async Task An_input_of_the_wrong_shape_fails_the_code_that_reads_it_and_says_so()
    {
        await using var host = await Host()
            .Orchestrator("Typed", context => Task.FromResult(context.GetInput<Everything>()))
            .StartAsync();
        Assert.Equal("System.Text.Json.JsonException", (await host.RunAsync("Typed", "not a record")).FailureDetails!.ErrorType);
    }

    [Fact]
    public async Task Custom_status_and_events_take_anonymous_objects()
    {
        await using var host = await Host()
            .Orchestrator("Anonymous", async context =>
            {
                context.SetCustomStatus(new { step = 1, of = new[] { 2, 3 } });
                return await context.WaitForExternalEvent<Dictionary<string, int>>("e");
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Anonymous");
        await host.Client.RaiseEventAsync(id, "e", new { a = 1 });

        var end = await host.EndOfAsync(id);
        Assert.Equal(("""{"step":1,"of":[2,3]}""", """{"a":1}"""), (end.SerializedCustomStatus, end.SerializedOutput));
    }
}
