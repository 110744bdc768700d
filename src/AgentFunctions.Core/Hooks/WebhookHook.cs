// A hook that asks an HTTP server: a guardrail service, a reviewer, or a place that wants to hear of each run.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Tools;

namespace AgentFunctions.Hooks;

/// <summary>
/// Posts the run's facts and the text. An answer without <c>action</c> passes the text; <c>{"action":"replace","text":…}</c> replaces
/// it; <c>{"action":"block","message":…,"code":…}</c> ends the run. A status other than 2xx is a failure of the hook.
/// The header Idempotency-Key is the same on every repetition.
/// </summary>
internal sealed class WebhookHook(HookDefinition definition, HttpToolClient http, TimeProvider time) : IRunHook
{
    public const int DefaultTimeoutSeconds = 10;

    private static readonly JsonElement _anyObject = JsonSerializer.SerializeToElement(new { type = "object" });

    // A webhook is what an HTTP tool is: a POST with secrets in its headers and a bounded answer.
    private readonly ToolDefinition _tool = new()
    {
        Name = definition.Name,
        Parameters = _anyObject,
        Effect = ToolEffect.Idempotent,
        Http = new HttpToolDefinition("POST", definition.Url!, definition.Headers),
    };

    private readonly TimeSpan _limit = TimeSpan.FromSeconds(definition.TimeoutSeconds ?? DefaultTimeoutSeconds);

    /// <exception cref="HttpRequestException">The server did not answer with 2xx.</exception>
    /// <exception cref="TimeoutException">It did not answer in time.</exception>
    public async ValueTask<HookVerdict> CheckAsync(RunHookContext context, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToElement(BodyOf(context), AgentJson.Options);
        var invocation = new ToolInvocation(context.Run.RunId, context.Name, body, context.IdempotencyKey);
        using var timeout = new CancellationTokenSource(_limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            var answer = await http.SendAsync(_tool, invocation, either.Token);
            return answer.Succeeded ? VerdictOf(answer.Result) : throw new HttpRequestException($"The webhook answered {answer.ErrorCode}: {answer.ErrorMessage}");
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The webhook did not answer within {_limit.TotalSeconds} s.");
        }
    }

    private static JsonObject BodyOf(RunHookContext context)
    {
        var run = context.Run;
        return new JsonObject
        {
            ["hook"] = context.Name,
            ["point"] = context.Point,
            ["run_id"] = run.RunId,
            ["agent_id"] = run.AgentId,
            ["session_id"] = run.SessionId,
            ["user_id"] = run.UserId,
            ["status"] = context.IsInput ? null : AgentJson.Word(run.Status),
            ["text"] = context.Text,
            ["tool_calls"] = context.IsInput ? null : new JsonArray([.. context.ToolCalls.Select(Tool)]),
        };
    }

    private static JsonNode Tool(ToolStepResult call) => new JsonObject { ["tool_name"] = call.Tool, ["step"] = call.Step, ["error"] = call.ErrorCode };

    private static HookVerdict VerdictOf(JsonElement? answer) => answer is { ValueKind: JsonValueKind.Object } said
        ? TextAt(said, "action") switch
        {
            null or "pass" => HookVerdict.Pass,
            "replace" when TextAt(said, "text") is { } text => HookVerdict.Replace(text, TextAt(said, "message")),
            "block" => HookVerdict.Block(TextAt(said, "message") ?? "The text was refused.", TextAt(said, "code")),
            var other => throw new JsonException($"The webhook's answer has the action '{other}'; use pass, block, or replace with a 'text'."),
        }
        : HookVerdict.Pass;

    private static string? TextAt(JsonElement answer, string member) =>
        answer.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
