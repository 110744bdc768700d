using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;

namespace AgentFunctions.Embedded.Worker;

/// <summary>The HTTP methods that a function answers; empty means all.</summary>
internal sealed record FunctionMethods(IReadOnlyList<string> Methods)
{
    public bool Answers(string method) => Methods.Count == 0 || Methods.Contains(method, StringComparer.OrdinalIgnoreCase);

    public static bool Overlap(IReadOnlyList<string> some, IReadOnlyList<string> others) =>
        some.Count == 0 || others.Count == 0 || some.Intersect(others, StringComparer.OrdinalIgnoreCase).Any();
}

/// <summary>
/// Takes functions that do not answer the request's method out of the routing, so that, as in the Functions host,
/// a method that nothing answers is 404 (ASP.NET Core's own method metadata would make it 405).
/// </summary>
internal sealed class FunctionMethodPolicy : MatcherPolicy, IEndpointSelectorPolicy
{
    public override int Order => 0;

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) =>
        endpoints.Any(endpoint => endpoint.Metadata.GetMetadata<FunctionMethods>() is not null);

    public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
    {
        for (var i = 0; i < candidates.Count; i++)
        {
            if (candidates[i].Endpoint.Metadata.GetMetadata<FunctionMethods>()?.Answers(httpContext.Request.Method) == false)
                candidates.SetValidity(i, false);
        }

        return Task.CompletedTask;
    }
}
