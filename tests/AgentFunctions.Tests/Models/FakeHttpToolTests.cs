// The fake tool is trusted by crash tests, so its counting and holding is itself tested.
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.Models;

public sealed class FakeHttpToolTests
{
    [Fact]
    public async Task Calls_are_counted_by_path_and_key_and_held_until_released()
    {
        await using var tool = await FakeHttpTool.StartNewAsync();
        var open = new TaskCompletionSource();
        tool.Hold("/orders", open.Task);
        using var http = new HttpClient { BaseAddress = new Uri(tool.Address) };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/orders") { Headers = { { "Idempotency-Key", "k1" } } };

        var held = http.SendAsync(request, ModelBench.Soon);
        await tool.Called("/orders").WaitAsync(ModelBench.Soon);
        Assert.Equal("{\"path\":\"/free\"}", await http.GetStringAsync(new Uri("/free", UriKind.Relative), ModelBench.Soon));
        Assert.False(held.IsCompleted);
        open.SetResult();

        Assert.True((await held).IsSuccessStatusCode);
        Assert.Equal((1, 1, 1, 0), (tool.Calls("/orders"), tool.Calls("/free"), tool.CallsWithKey("k1"), tool.CallsWithKey("k2")));
    }
}
