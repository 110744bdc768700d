using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using AgentFunctions.Embedded.Worker;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using FromBodyAttribute = Microsoft.Azure.Functions.Worker.Http.FromBodyAttribute;

namespace AgentFunctions.Tests.Worker;

/// <summary>HTTP functions over real HTTP: routes, parameters, results, failures.</summary>
public sealed class HttpFunctionTests
{
    public sealed record Order(string Item, int Count);

    public sealed class Greeter
    {
        public string Greet(string name) => $"Hello, {name}";
    }

    public sealed class Samples(Greeter greeter)
    {
        [Function("Hello")]
        public IResult Hello([HttpTrigger(AuthorizationLevel.Function, "get", Route = "hello/{name}")] HttpRequest request, string name) =>
            Results.Text(greeter.Greet(name));

        [Function("HelloAll")]
        public static IResult HelloAll([HttpTrigger("get", Route = "hello/all")] HttpRequest request) => Results.Text("literal");

        [Function("Number")]
        public static IActionResult Number(
            [HttpTrigger("get", Route = "numbers/{n:int}")] HttpRequest request, int n, int times = 2, Guid? id = null) =>
            new OkObjectResult(new { product = n * times, id });

        [Function("Order")]
        public static async Task<IActionResult> CreateOrder([HttpTrigger("post", Route = "orders")] HttpRequest request, [FromBody] Order order)
        {
            await Task.Yield();
            return new CreatedResult($"/orders/{order.Item}", order);
        }

        [Function("NoRoute")]
        public static Task NoRoute([HttpTrigger] HttpRequest request) => Task.CompletedTask;

        [Function("Fails")]
        public static IResult Fails([HttpTrigger("get")] HttpRequest request) => throw new InvalidOperationException("secret detail");

        [Function("FailsLate")]
        public static async Task FailsLate([HttpTrigger("get")] HttpRequest request)
        {
            await request.HttpContext.Response.WriteAsync("begun");
            await request.HttpContext.Response.Body.FlushAsync();
            throw new InvalidOperationException("late");
        }

        [Function("Context")]
        public static IResult Context([HttpTrigger("get", Route = "context/{x}")] HttpRequest request, FunctionContext context) => Results.Json(new
        {
            name = context.FunctionDefinition.Name,
            x = context.BindingContext.BindingData["x"],
            http = ReferenceEquals(context.GetHttpContext(), request.HttpContext),
            trace = context.TraceContext.TraceParent,
            span = Activity.Current?.TraceId.ToString(),
            item = context.Items.TryGetValue("stamp", out var stamp) ? stamp : null,
        });
    }

    private sealed class Stamp : IFunctionsWorkerMiddleware
    {
        public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            context.Items["stamp"] = "stamped";
            return next(context);
        }
    }

    private static Task<FunctionsHost> StartAsync(string prefix = "")
    {
        var builder = FunctionsHost.Builder(typeof(Samples));
        builder.Configuration[HostJson.RoutePrefixKey] = prefix;
        builder.Services.AddSingleton<Greeter>();
        builder.UseMiddleware<Stamp>();
        return FunctionsHost.StartAsync(builder);
    }

    [Fact]
    public async Task A_function_gets_its_services_its_route_values_and_answers_with_its_result()
    {
        await using var host = await StartAsync();
        Assert.Equal("Hello, World", await host.Client.GetStringAsync("/hello/World"));
    }

    [Fact]
    public async Task Routes_ignore_case_and_a_literal_segment_beats_a_parameter()
    {
        await using var host = await StartAsync();
        Assert.Equal("literal", await host.Client.GetStringAsync("/HELLO/All"));
    }

    [Fact]
    public async Task Route_and_query_values_are_converted_and_missing_ones_take_the_default()
    {
        await using var host = await StartAsync();
        var id = new Guid(1, 2, 3, [1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.Equal("""{"product":42,"id":null}""", await host.Client.GetStringAsync("/numbers/21"));
        Assert.Equal($$"""{"product":63,"id":"{{id}}"}""", await host.Client.GetStringAsync($"/numbers/21?times=3&ID={id}"));
    }

    [Theory]
    [InlineData("GET", "/numbers/abc", HttpStatusCode.NotFound)]
    [InlineData("GET", "/nothing", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/hello/World", HttpStatusCode.NotFound)]
    [InlineData("PUT", "/noroute", HttpStatusCode.OK)]
    [InlineData("GET", "/numbers/1?times=many", HttpStatusCode.InternalServerError)]
    public async Task What_no_function_answers_is_404_also_for_a_wrong_method(string method, string path, HttpStatusCode expected)
    {
        await using var host = await StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await host.Client.SendAsync(request);
        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task A_json_body_is_bound_and_an_action_result_is_executed()
    {
        await using var host = await StartAsync();
        using var response = await host.Client.PostAsJsonAsync("/orders", new Order("book", 3));
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("/orders/book", response.Headers.Location?.ToString());
        Assert.Equal(new Order("book", 3), await response.Content.ReadFromJsonAsync<Order>());
    }

    [Fact]
    public async Task The_route_prefix_comes_before_every_route()
    {
        await using var host = await StartAsync(prefix: "api");
        Assert.Equal("Hello, World", await host.Client.GetStringAsync("/api/hello/World"));
        using var unprefixed = await host.Client.GetAsync("/hello/World");
        Assert.Equal(HttpStatusCode.NotFound, unprefixed.StatusCode);
    }

    [Fact]
    public async Task A_failure_is_500_without_a_detail()
    {
        await using var host = await StartAsync();
        using var response = await host.Client.GetAsync("/fails");
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_failure_after_the_response_has_begun_breaks_it_off()
    {
        await using var host = await StartAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => host.Client.GetStringAsync("/failslate"));
    }

    [Fact]
    public async Task The_context_names_the_function_and_carries_the_callers_trace_and_what_middleware_left()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == FunctionInvoker.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        await using var host = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/context/1");
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        using var response = await host.Client.SendAsync(request);
        var seen = await response.Content.ReadFromJsonAsync<Dictionary<string, object>>();
        Assert.Equal("Context", seen!["name"].ToString());
        Assert.Equal("1", seen["x"].ToString());
        Assert.Equal("True", seen["http"].ToString());
        Assert.Equal("stamped", seen["item"].ToString());
        Assert.Contains("0af7651916cd43dd8448eb211c80319c", seen["trace"].ToString(), StringComparison.Ordinal);
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", seen["span"].ToString());
    }
}
