using System.Net;
using System.Net.Http.Headers;
using Azure.Core.Pipeline;
using Azure.Data.Tables;

namespace AgentFunctions.Tests.Tables;

/// <summary>The way to the service, with faults at chosen requests.</summary>
internal sealed class FaultyTransport() : DelegatingHandler(new SocketsHttpHandler())
{
    private readonly Lock _lock = new();
    private readonly List<(Func<string, bool> Matches, Fault Fault)> _faults = [];
    private Func<Task>? _action;

    public enum Fault
    {
        /// <summary>The service refuses the request as too busy, and does nothing.</summary>
        Busy,

        /// <summary>The service refuses the request as one too many, and asks to wait a second.</summary>
        Throttled,

        /// <summary>The service does what was asked, and the connection breaks before it answers.</summary>
        AnswerLost,

        /// <summary>Somebody else comes first: see <see cref="Before"/>.</summary>
        Overtaken,

        /// <summary>The process ends before the request is sent: nothing comes after it.</summary>
        Crash,
    }

    /// <summary>How many requests were sent or refused.</summary>
    public int Requests { get; private set; }

    public TableClientOptions Options => new()
    {
        Transport = new HttpClientTransport(this),
        Retry = { Delay = TimeSpan.FromMilliseconds(1) },
    };

    /// <summary>Makes the next request whose method, address and body match fail once; after a crash all requests fail.</summary>
    public void FailNext(Fault fault, params string[] words)
    {
        lock (_lock)
        {
            _faults.Add((request => words.All(word => request.Contains(word, StringComparison.Ordinal)), fault));
        }
    }

    /// <summary>Does something right before the next request that matches is sent.</summary>
    public void Before(Func<Task> action, params string[] words)
    {
        _action = action;
        FailNext(Fault.Overtaken, words);
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        switch (Take($"{request.Method} {request.RequestUri}\n{body}"))
        {
            case Fault.Busy:
                return new HttpResponseMessage(HttpStatusCode.ServiceUnavailable)
                {
                    Content = new StringContent("""{"odata.error":{"code":"ServerBusy","message":{"lang":"en-US","value":"The server is busy."}}}"""),
                };
            case Fault.Throttled:
                return new HttpResponseMessage(HttpStatusCode.TooManyRequests)
                {
                    Content = new StringContent("""{"odata.error":{"code":"TooManyRequests","message":{"lang":"en-US","value":"Slow down."}}}"""),
                    Headers = { RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(1)) },
                };
            case Fault.Overtaken:
                await _action!();
                return await base.SendAsync(request, cancellationToken);
            case Fault.AnswerLost:
                (await base.SendAsync(request, cancellationToken)).Dispose();
                throw new HttpRequestException("The connection broke.");
            case Fault.Crash:
                throw new InvalidOperationException("The process ended.");
            default:
                return await base.SendAsync(request, cancellationToken);
        }
    }

    private Fault? Take(string request)
    {
        lock (_lock)
        {
            Requests++;
            var at = _faults.FindIndex(fault => fault.Matches(request));
            if (at < 0)
            {
                return null;
            }
            var fault = _faults[at].Fault;
            if (fault == Fault.Crash)
            {
                _faults.Insert(0, (_ => true, Fault.Crash));
            }
            else
            {
                _faults.RemoveAt(at);
            }
            return fault;
        }
    }
}
