using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Azure.Data.Tables;

/// <summary>Signs requests, sends them, and sends them again when they failed in a passing way.</summary>
internal sealed class TablePipeline(StorageAccount account, TableClientOptions options)
{
    private const string ServiceVersion = "2019-02-02";

    public StorageAccount Account { get; } = account;

    /// <summary>Sends a request until the answer is final, and returns it if its status is 2xx or <paramref name="expected"/>.</summary>
    /// <exception cref="RequestFailedException">The service refused, or no answer came (status 0).</exception>
    public async Task<TableResponse> SendAsync(Func<HttpRequestMessage> create, CancellationToken cancellationToken, int expected = 200)
    {
        for (var attempt = 0; ; attempt++)
        {
            var (response, failure) = await TryAsync(create, cancellationToken);
            var passing = response is null || IsPassing(response.Status);
            if (!passing || attempt >= options.Retry.MaxRetries)
            {
                return response is null
                    ? throw new RequestFailedException(0, $"{Account.TableEndpoint} could not be reached: {failure!.Message}", failure)
                    : response.ThrowUnless(expected);
            }
            await Task.Delay(DelayAfter(attempt, response?.RetryAfter), cancellationToken);
        }
    }

    private async Task<(TableResponse?, Exception?)> TryAsync(Func<HttpRequestMessage> create, CancellationToken cancellationToken)
    {
        using var request = create();
        Sign(request);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(options.Retry.NetworkTimeout);
        try
        {
            using var response = await options.Transport.SendAsync(request, timeout.Token);
            return (await TableResponse.ReadAsync(response, timeout.Token), null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return (null, e);
        }
    }

    // Shared Key Lite for tables: HMAC-SHA256 over the date and the canonicalized resource.
    private void Sign(HttpRequestMessage request)
    {
        var date = TimeProvider.System.GetUtcNow().ToString("r", CultureInfo.InvariantCulture);
        var signature = HMACSHA256.HashData(Account.Key, Encoding.UTF8.GetBytes($"{date}\n/{Account.Name}{request.RequestUri!.AbsolutePath}"));
        request.Headers.Add("x-ms-date", date);
        request.Headers.Add("x-ms-version", ServiceVersion);
        request.Headers.Add("DataServiceVersion", "3.0");
        request.Headers.Authorization = new AuthenticationHeaderValue("SharedKeyLite", $"{Account.Name}:{Convert.ToBase64String(signature)}");
    }

    private TimeSpan DelayAfter(int attempt, TimeSpan? asked)
    {
        var jitter = 0.8 + (RandomNumberGenerator.GetInt32(400) / 1000.0);
        var delay = options.Retry.Delay * Math.Pow(2, attempt) * jitter;
        delay = delay < options.Retry.MaxDelay ? delay : options.Retry.MaxDelay;
        return asked > delay ? asked.Value : delay;
    }

    private static bool IsPassing(int status) => status is 408 or 429 or 500 or 502 or 503 or 504;
}

/// <summary>An answer with its body.</summary>
internal sealed class TableResponse(int status, string reason, ETag? etag, byte[] body) : Response
{
    public override int Status => status;

    public override string ReasonPhrase => reason;

    public override Core.ResponseHeaders Headers => new(etag);

    public byte[] Body => body;

    public string? ContentType { get; private init; }

    /// <summary>The key after which a query goes on, <c>partition row</c> escaped; null at its end.</summary>
    public string? Continuation { get; private init; }

    public TimeSpan? RetryAfter { get; private init; }

    public static async Task<TableResponse> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var etag = response.Headers.TryGetValues("ETag", out var values) ? new ETag(values.First()) : (ETag?)null;
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return new TableResponse((int)response.StatusCode, response.ReasonPhrase ?? "", etag, body)
        {
            ContentType = response.Content.Headers.ContentType?.ToString(),
            Continuation = ReadContinuation(response.Headers),
            RetryAfter = response.Headers.RetryAfter?.Delta,
        };
    }

    public TableResponse ThrowUnless(int expected) =>
        Status is >= 200 and < 300 || Status == expected ? this : throw ToException();

    public RequestFailedException ToException()
    {
        var (code, message) = ReadError();
        return new RequestFailedException(this, $"{message}\nStatus: {Status} ({ReasonPhrase})\nErrorCode: {code}", code);
    }

    private (string? Code, string Message) ReadError()
    {
        try
        {
            using var json = JsonDocument.Parse(Body);
            var error = json.RootElement.GetProperty("odata.error");
            return (error.GetProperty("code").GetString(), error.GetProperty("message").GetProperty("value").GetString() ?? "");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return (null, $"Service request failed: {Encoding.UTF8.GetString(Body)}"); // a proxy's answer, not the service's
        }
    }

    private static string? ReadContinuation(HttpResponseHeaders headers)
    {
        var partition = headers.TryGetValues("x-ms-continuation-NextPartitionKey", out var p) ? p.First() : null;
        var row = headers.TryGetValues("x-ms-continuation-NextRowKey", out var r) ? r.First() : null;
        return partition is null ? null : $"{WebUtility.UrlEncode(partition)} {WebUtility.UrlEncode(row)}";
    }
}
