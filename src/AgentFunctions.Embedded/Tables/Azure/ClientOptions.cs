// How clients send: the subset of Azure.Core's options, retries and transport that the table client needs.
using Azure.Core.Pipeline;

namespace Azure.Core
{
    /// <summary>Retries and transport of a client.</summary>
    public abstract class ClientOptions
    {
        public RetryOptions Retry { get; } = new();

        public HttpPipelineTransport Transport { get; set; } = HttpClientTransport.Shared;
    }

    /// <summary>Retries of requests that failed in a passing way: statuses 408, 429, 500, 502, 503, 504 and broken connections.</summary>
    public class RetryOptions
    {
        internal RetryOptions()
        {
        }

        /// <summary>How often a request is tried again.</summary>
        public int MaxRetries { get; set; } = 3;

        /// <summary>The first delay; it doubles from try to try.</summary>
        public TimeSpan Delay { get; set; } = TimeSpan.FromSeconds(0.8);

        public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMinutes(1);

        /// <summary>How long one try may take.</summary>
        public TimeSpan NetworkTimeout { get; set; } = TimeSpan.FromSeconds(100);
    }

    /// <summary>Headers of a response. The subset has the ETag.</summary>
    public readonly struct ResponseHeaders
    {
        internal ResponseHeaders(ETag? etag) => ETag = etag;

        public ETag? ETag { get; }
    }
}

namespace Azure.Core.Pipeline
{
    /// <summary>Sends requests. In the subset the only transport is <see cref="HttpClientTransport"/>.</summary>
    public abstract class HttpPipelineTransport
    {
        private protected HttpPipelineTransport()
        {
        }

        internal abstract Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken);
    }

    /// <summary>Sends requests with an <see cref="HttpClient"/>.</summary>
    public class HttpClientTransport : HttpPipelineTransport, IDisposable
    {
        /// <summary>The transport that clients share by default.</summary>
        public static readonly HttpClientTransport Shared = new();

        private readonly HttpClient _client;

        public HttpClientTransport()
            : this(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AutomaticDecompression = System.Net.DecompressionMethods.All })
        {
        }

        public HttpClientTransport(HttpMessageHandler messageHandler)
            : this(new HttpClient(messageHandler) { Timeout = Timeout.InfiniteTimeSpan })
        {
        }

        public HttpClientTransport(HttpClient client) => _client = client;

        public void Dispose()
        {
            if (this != Shared)
            {
                _client.Dispose();
            }
            GC.SuppressFinalize(this);
        }

        internal override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            _client.SendAsync(request, cancellationToken);
    }
}
