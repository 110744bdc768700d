// Server-sent events of one run: live, resumable by id, kept alive.
using System.Globalization;
using System.Text;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;

namespace AgentFunctions.Http;

/// <summary>
/// Writes a run's event log as SSE, in the words of a dialect. When the host stops, open streams end;
/// their clients come back with the last id they saw.
/// </summary>
public sealed class EventStream(RunEventFeed feed, IHostApplicationLifetime lifetime, TimeProvider time)
{
    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(15);

    /// <summary>A stream of the events after the frame with id <paramref name="after"/>; it ends with the terminal event.</summary>
    public IResult Of(RunRecord run, EventFilter filter, long after) => new Stream(feed, time, run, filter, after, lifetime.ApplicationStopping);

    /// <summary>The id of the last frame that the client had: header <c>Last-Event-ID</c>, or query <c>last_event_id</c> or <c>last_event_index</c>; 0 from the start.</summary>
    /// <exception cref="ApiException">400 when it is not a number.</exception>
    public static long ResumePoint(HttpRequest request)
    {
        var text = request.Headers["Last-Event-ID"].FirstOrDefault() ?? request.Query["last_event_id"].FirstOrDefault()
            ?? request.Query["last_event_index"].FirstOrDefault();
        if (string.IsNullOrEmpty(text))
            return 0;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw ApiException.Invalid("Last-Event-ID must be the id of an event of this run: a whole number.");
    }

    private sealed class Stream(RunEventFeed feed, TimeProvider time, RunRecord run, EventFilter filter, long after, CancellationToken stopping) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            Begin(response);
            await response.StartAsync(httpContext.RequestAborted);
            await response.Body.FlushAsync(httpContext.RequestAborted);
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, stopping);
            try
            {
                await WriteEventsAsync(response, ended.Token);
            }
            catch (OperationCanceledException) when (ended.IsCancellationRequested)
            {
                // The client left or the host stops; the run goes on and the client may come back with its last id.
            }
        }

        private void Begin(HttpResponse response)
        {
            response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            response.ContentType = "text/event-stream";
            response.Headers.CacheControl = "no-cache";
            response.Headers["X-Accel-Buffering"] = "no";
            response.Headers["x-run-id"] = run.RunId;
            response.Headers["x-trace-id"] = run.TraceId;
        }

        private async Task WriteEventsAsync(HttpResponse response, CancellationToken aborted)
        {
            await using var events = feed.ReadAsync(run.RunId, filter.Dialect.SequenceBefore(after), aborted).GetAsyncEnumerator(aborted);
            var next = events.MoveNextAsync().AsTask();
            while (true)
            {
                if (!await ArrivedAsync(next, aborted))
                    await response.WriteAsync(": keep-alive\n\n", aborted);
                else if (!await next)
                    return;
                else
                {
                    await response.WriteAsync(FramesOf(events.Current), aborted);
                    next = events.MoveNextAsync().AsTask();
                    if (next.IsCompleted)
                        continue;
                }

                await response.Body.FlushAsync(aborted);
            }
        }

        /// <summary>False when nothing came within the heartbeat interval.</summary>
        private async Task<bool> ArrivedAsync(Task next, CancellationToken aborted)
        {
            if (next.IsCompleted)
                return true;
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(aborted);
            var heartbeat = Task.Delay(HeartbeatInterval, time, stop.Token);
            var first = await Task.WhenAny(next, heartbeat);
            await stop.CancelAsync();
            aborted.ThrowIfCancellationRequested();
            return first == next;
        }

        // A client may have had some of the frames that one event is told in.
        private string FramesOf(RunEvent stored)
        {
            var text = new StringBuilder();
            foreach (var frame in filter.Dialect.FramesOf(run, stored).Where(frame => frame.Id > after && filter.Passes(frame)))
            {
                text.Append("id: ").Append(frame.Id).Append('\n')
                    .Append("event: ").Append(frame.Name).Append('\n')
                    .Append("data: ").Append(frame.Body.ToJsonString(AgentJson.Options)).Append("\n\n");
            }

            return text.ToString();
        }
    }
}
