// Results that come in pages: the subset of Azure.Core that the table client gives out.
namespace Azure;

/// <summary>One page of a query.</summary>
public abstract class Page<T>
{
    public abstract IReadOnlyList<T> Values { get; }

    /// <summary>Where the next page begins; null on the last.</summary>
    public abstract string? ContinuationToken { get; }

    public abstract Response GetRawResponse();
}

/// <summary>A query's results, fetched page by page while they are enumerated.</summary>
public abstract class AsyncPageable<T> : IAsyncEnumerable<T>
    where T : notnull
{
    protected AsyncPageable()
    {
    }

    protected AsyncPageable(CancellationToken cancellationToken) => CancellationToken = cancellationToken;

    protected virtual CancellationToken CancellationToken { get; }

    /// <param name="continuationToken">A token of an earlier page, to go on after it.</param>
    /// <param name="pageSizeHint">The most entities a page shall have.</param>
    public abstract IAsyncEnumerable<Page<T>> AsPages(string? continuationToken = null, int? pageSizeHint = null);

    public virtual async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        await foreach (var page in AsPages().WithCancellation(cancellationToken))
        {
            foreach (var value in page.Values)
            {
                yield return value;
            }
        }
    }
}

internal sealed class TablePage<T>(IReadOnlyList<T> values, string? token, Response response) : Page<T>
{
    public override IReadOnlyList<T> Values => values;

    public override string? ContinuationToken => token;

    public override Response GetRawResponse() => response;
}
