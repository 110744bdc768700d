// Traces as files: out of the store and into it, streaming.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Traces;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Http;

public sealed class TraceFileEndpoints(Api api, ITraceQueries traces, TraceExport export, TraceImport import)
{
    /// <summary>The largest import, in bytes. A proxy before the app may allow less.</summary>
    public const long MaxImportBytes = 1024L * 1024 * 1024;

    private const string Lines = "application/x-ndjson";

    /// <summary>One trace; as OTLP one document.</summary>
    [Function("ExportTrace")]
    public Task<IResult> ExportOneAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/traces/{traceId}/export")] HttpRequest request, string traceId) =>
        api.AnswerAsync(request, async aborted =>
        {
            var format = Format(request);
            if (await traces.GetSummaryAsync(traceId, aborted) is null)
                throw ApiException.TraceNotFound(traceId);
            var type = format == TraceFormat.Otlp ? "application/json" : Lines;
            return new Download(type, $"{traceId}.{(format == TraceFormat.Otlp ? "json" : "jsonl")}",
                (output, token) => export.WriteTraceAsync(output, traceId, format, token));
        });

    /// <summary>All traces, or those that the filters of the list leave; the latest first.</summary>
    [Function("ExportTraces")]
    public Task<IResult> ExportAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/traces/export")] HttpRequest request) =>
        api.AnswerAsync(request, _ =>
        {
            var format = Format(request);
            var query = TraceEndpoints.QueryOf(request);
            return Task.FromResult<IResult>(new Download(Lines, format == TraceFormat.Otlp ? "traces.otlp.jsonl" : "traces.jsonl",
                (output, token) => export.WriteAsync(output, query, format, token)));
        });

    /// <summary>Takes what an export wrote, either format, also mixed; importing it again doubles nothing.</summary>
    [Function("ImportTraces")]
    public Task<IResult> ImportAsync([HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/traces/import")] HttpRequest request) =>
        api.AnswerAsync(request, async aborted =>
        {
            if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
                size.MaxRequestBodySize = MaxImportBytes;
            try
            {
                var result = await import.ReadAsync(request.Body, aborted);
                return Api.Json(new JsonObject { ["lines"] = result.Lines, ["spans"] = result.Spans });
            }
            catch (TraceImportException e)
            {
                throw ApiException.Invalid(e.Message, new JsonObject { ["line"] = e.Line, ["imported"] = e.Imported });
            }
            catch (BadHttpRequestException e)
            {
                throw e.StatusCode == StatusCodes.Status413PayloadTooLarge
                    ? RequestBody.TooLarge(MaxImportBytes)
                    : new ApiException(e.StatusCode, "invalid_request", e.Message);
            }
        });

    private static TraceFormat Format(HttpRequest request) => Query.Word<TraceFormat>(request, "format") ?? TraceFormat.Jsonl;

    /// <summary>A body that is written while it is made. What fails in the middle breaks the connection off, so that no half passes for a whole.</summary>
    private sealed class Download(string type, string fileName, Func<Stream, CancellationToken, Task> write) : IResult
    {
        private const int BufferBytes = 64 * 1024;

        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            httpContext.Response.ContentType = type;
            httpContext.Response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\"";
            await using var output = new BufferedStream(httpContext.Response.Body, BufferBytes);
            await write(output, httpContext.RequestAborted);
            await output.FlushAsync(httpContext.RequestAborted);
        }
    }
}
