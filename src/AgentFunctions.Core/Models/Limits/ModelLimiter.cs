using System.Diagnostics.Metrics;
using AgentFunctions.Runs;

namespace AgentFunctions.Models.Limits;

/// <summary>Lets calls of one model pass at the pace of its <see cref="RateLimit"/>, in their order.</summary>
internal sealed class ModelLimiter(RateLimit limit, TimeProvider time, Histogram<double>? waits)
{
    private readonly SemaphoreSlim? _places = limit.Concurrent is { } count ? new SemaphoreSlim(count) : null;
    private readonly MinuteBudget? _requests = limit.RequestsPerMinute is { } count ? new MinuteBudget(count, time) : null;
    private readonly MinuteBudget? _tokens = limit.TokensPerMinute is { } count ? new MinuteBudget(count, time) : null;

    /// <summary>Waits for the call's turn. Dispose the pass when the call has ended.</summary>
    /// <param name="tokens">What the call is expected to use.</param>
    /// <exception cref="ModelException">The turn would come later than the model's time-out: RATE_LIMIT, retryable.</exception>
    public async Task<ModelPass> EnterAsync(ModelDefinition model, long tokens, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var longest = TimeSpan.FromSeconds(model.TimeoutSeconds);
        await TakePlaceAsync(model, longest, cancellationToken);
        var pass = new ModelPass(_places, _tokens, tokens);
        try
        {
            await Task.Delay(Reserve(model, tokens, longest - time.GetElapsedTime(start)), time, cancellationToken);
            return pass;
        }
        catch
        {
            pass.Dispose();
            throw;
        }
        finally
        {
            waits?.Record(time.GetElapsedTime(start).TotalSeconds, new KeyValuePair<string, object?>("model", model.Key));
        }
    }

    private async Task TakePlaceAsync(ModelDefinition model, TimeSpan longest, CancellationToken cancellationToken)
    {
        if (_places is null || _places.Wait(0, CancellationToken.None))
            return;
        using var late = new CancellationTokenSource(longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            await _places.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Late(model, "concurrent", null);
        }
    }

    private TimeSpan Reserve(ModelDefinition model, long tokens, TimeSpan longest)
    {
        var (requestTaken, requestWait) = _requests?.Take(1, longest) ?? (true, TimeSpan.Zero);
        if (!requestTaken)
            throw Late(model, "requests_per_minute", requestWait);
        var (tokensTaken, tokensWait) = _tokens?.Take(tokens, longest) ?? (true, TimeSpan.Zero);
        if (tokensTaken)
            return requestWait > tokensWait ? requestWait : tokensWait;
        _requests?.GiveBack(1);
        throw Late(model, "tokens_per_minute", tokensWait);
    }

    private static ModelException Late(ModelDefinition model, string what, TimeSpan? wait) =>
        new(RunErrorCodes.RateLimit,
            $"Model '{model.Key}' is at its own rate_limit.{what}: a call would wait longer than timeout_seconds ({model.TimeoutSeconds}); raise one of them in models.{model.Key}.",
            retryable: true)
        {
            RetryAfter = wait,
        };
}

/// <summary>One call that may be under way.</summary>
internal sealed class ModelPass(SemaphoreSlim? places, MinuteBudget? tokens, long expected) : IDisposable
{
    /// <summary>Corrects what was expected by what the provider reports.</summary>
    public void Used(long actual) => tokens?.GiveBack(expected - actual);

    public void Dispose() => places?.Release();
}
