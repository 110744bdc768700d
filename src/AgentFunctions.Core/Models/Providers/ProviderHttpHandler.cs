// The one place where a provider's HTTP goes wrong: status codes, connections and silence become ModelExceptions here,
// beneath the SDKs, so that every provider fails in the same words.
using System.Net.Http.Headers;
using System.Text;
using AgentFunctions.Runs;

namespace AgentFunctions.Models.Providers;

/// <summary>Classifies failures of one model's endpoint and guards its response against falling silent.</summary>
internal sealed class ProviderHttpHandler(ModelDefinition model, SecretRedaction secrets, TimeProvider time) : DelegatingHandler
{
    private readonly SilenceGuard _guard = new(model, time);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await _guard.RunAsync(token => new ValueTask<HttpResponseMessage>(base.SendAsync(request, token)), cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            response.Content = await GuardAsync(response.Content, cancellationToken);
            return response;
        }

        using (response)
            throw await ErrorOfAsync(response, cancellationToken);
    }

    private async Task<HttpContent> GuardAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var body = content.Headers.ContentType?.MediaType == "application/json"
            ? await OneEventAsync(content, cancellationToken)
            : await content.ReadAsStreamAsync(cancellationToken);
        var guarded = new StreamContent(new GuardedStream(body, _guard));
        foreach (var header in content.Headers.Where(header => header.Key != "Content-Length"))
            guarded.Headers.TryAddWithoutValidation(header.Key, header.Value);
        return guarded;
    }

    // Some servers answer a request to stream with the whole answer, or with an error under status 200: it is read as a
    // stream of one event.
    private async Task<Stream> OneEventAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var json = await _guard.RunAsync(token => new ValueTask<string>(content.ReadAsStringAsync(token)), cancellationToken);
        return new MemoryStream(Encoding.UTF8.GetBytes($"data: {json.Trim().ReplaceLineEndings("\ndata: ")}\n\n"));
    }

    private async Task<ModelException> ErrorOfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await _guard.RunAsync(token => new ValueTask<string>(response.Content.ReadAsStringAsync(token)), cancellationToken);
        var error = ProviderError.FromBody((int)response.StatusCode, body) with { RetryAfter = RetryAfter(response.Headers) };
        return error.ToException(model, secrets);
    }

    private TimeSpan? RetryAfter(HttpResponseHeaders headers)
    {
        if (headers.TryGetValues("retry-after-ms", out var values) && double.TryParse(values.First(), out var milliseconds) && milliseconds is >= 0 and < int.MaxValue)
            return TimeSpan.FromMilliseconds(milliseconds);
        var wait = headers.RetryAfter?.Delta ?? headers.RetryAfter?.Date - time.GetUtcNow();
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}

/// <summary>Runs one piece of I/O with the model's time-out and turns what breaks into a ModelException.</summary>
internal sealed class SilenceGuard(ModelDefinition model, TimeProvider time)
{
    public async ValueTask<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> io, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(TimeSpan.FromSeconds(model.TimeoutSeconds), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        try
        {
            return await io(either.Token);
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && e is OperationCanceledException or IOException or HttpRequestException)
        {
            throw new OperationCanceledException("The call of the model was cancelled.", e, cancellationToken);
        }
        catch (OperationCanceledException e) when (silence.IsCancellationRequested)
        {
            throw new ModelException(RunErrorCodes.ModelTimeout,
                $"Model '{model.Key}' ({model.Provider}) sent nothing for {model.TimeoutSeconds} s; raise timeout_seconds of models.{model.Key} if it needs longer.", retryable: true, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new ModelException(RunErrorCodes.ApiError,
                $"The connection to model '{model.Key}' ({model.Provider}) failed: {e.Message}", retryable: true, e);
        }
    }
}

/// <summary>A response body of which every read is guarded. Only asynchronous reads: nothing here blocks a thread.</summary>
internal sealed class GuardedStream(Stream inner, SilenceGuard guard) : Stream
{
    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        guard.RunAsync(token => inner.ReadAsync(buffer, token), cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read a model's response asynchronously.");
    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
