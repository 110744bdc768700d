// Tells a webhook of an approval: signed, so that the receiver can trust it.
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Tools;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Approvals;

// As a word wherever it is stored, so that the order of the members is free.
[JsonConverter(typeof(JsonStringEnumConverter<ApprovalNews>))]
public enum ApprovalNews
{
    Requested,
    Escalated,
    Resolved,
}

/// <summary>What is to be told.</summary>
public sealed record ApprovalNotice(string ApprovalId, ApprovalNews News);

/// <summary>
/// Posts <c>{"event":"approval.requested", "approval":{…}}</c>. With a secret, the header <c>x-agentfunctions-signature</c> is
/// <c>t=SECONDS,v1=HEX</c>: HMAC-SHA256 over <c>SECONDS.BODY</c>. The header Idempotency-Key is the same on every repetition.
/// </summary>
/// <param name="environment">Where <c>${VAR}</c> in URL and secret comes from.</param>
public sealed partial class ApprovalNotifier(
    IApprovalStore approvals, IRunStore runs, DefinitionResolver definitions, Func<string, string?> environment, TimeProvider time,
    ILogger<ApprovalNotifier> logger) : IDisposable
{
    public const string SignatureHeader = "x-agentfunctions-signature";

    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = TimeSpan.FromSeconds(15),
    };

    public void Dispose() => _client.Dispose();

    /// <summary>Sends the notice as the approval now is; does nothing when its tool names no webhook.</summary>
    /// <exception cref="HttpRequestException">The webhook did not take it; it may be sent again.</exception>
    public async Task SendAsync(ApprovalNotice notice, CancellationToken cancellationToken)
    {
        if (await approvals.GetAsync(notice.ApprovalId, cancellationToken) is not { } approval || await FindAsync(approval, cancellationToken) is not { } webhook)
            return;
        var templates = new SecretTemplates(environment);
        using var request = RequestOf(webhook, templates, approval, notice);
        try
        {
            using var response = await _client.SendAsync(request, cancellationToken);
            if (response.IsSuccessStatusCode)
                return;
            throw new HttpRequestException($"The webhook answered with status {(int)response.StatusCode}.", null, response.StatusCode);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            var problem = templates.Redact(e.Message);
            LogNotSent(approval.Id, approval.RunId, notice.News, problem);
            throw new HttpRequestException(problem, null, (e as HttpRequestException)?.StatusCode);
        }
    }

    /// <summary>The signature of a body that was sent at that time.</summary>
    public static string Sign(string secret, DateTimeOffset at, string body)
    {
        var seconds = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{seconds}.{body}"));
        return $"t={seconds},v1={Convert.ToHexStringLower(hash)}";
    }

    private async Task<ApprovalWebhook?> FindAsync(ApprovalRecord approval, CancellationToken cancellationToken)
    {
        var run = await runs.RequireAsync(approval.RunId, cancellationToken);
        var agent = await definitions.ResolveAsync(run.DefinitionHash, cancellationToken);
        var tool = agent.Tools.FirstOrDefault(tool => tool.Name == approval.ToolName);
        return tool is null ? null : ApprovalRule.Of(agent, tool)?.Notify;
    }

    private HttpRequestMessage RequestOf(ApprovalWebhook webhook, SecretTemplates templates, ApprovalRecord approval, ApprovalNotice notice)
    {
        var body = new JsonObject
        {
            ["event"] = $"approval.{AgentJson.Word(notice.News)}",
            ["approval"] = ApprovalJson.Of(approval),
        }.ToJsonString(AgentJson.Options);
        var request = new HttpRequestMessage(HttpMethod.Post, templates.Expand(webhook.Url))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Idempotency-Key", $"{approval.Id}:{AgentJson.Word(notice.News)}");
        if (webhook.Secret is { } secret)
            request.Headers.Add(SignatureHeader, Sign(templates.Expand(secret), time.GetUtcNow(), body));
        return request;
    }

    [LoggerMessage(EventId = 1351, Level = LogLevel.Warning, Message = "Approval {ApprovalId} of run {RunId}: the notice '{News}' could not be sent: {Problem}")]
    private partial void LogNotSent(string approvalId, string runId, ApprovalNews news, string problem);
}
