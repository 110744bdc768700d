// What a run sees of its session: the latest runs that fit the window, after a summary of those that do not.
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Runs;

namespace AgentFunctions.Sessions;

/// <summary>Which summary a run's model calls begin with, stored under <see cref="Key"/>: the same for all of them, whatever the session says later.</summary>
/// <param name="SummaryRunId">The run that made it.</param>
/// <param name="ThroughRunId">The last run that it covers.</param>
public sealed record ConversationStart(string SummaryRunId, string ThroughRunId)
{
    public const string Key = "conversation";
}

/// <param name="Summary">What comes first; null for none.</param>
/// <param name="Messages">Stored messages of whole runs, oldest first.</param>
public sealed record ConversationWindow(Message? Summary, IReadOnlyList<RunMessage> Messages);

/// <summary>Loads the earlier part of a conversation. Runs are taken as a whole, so a tool call never lacks its result.</summary>
public sealed class Conversation(IRunStore runs, ISessionStore sessions)
{
    private const int CharactersOfToken = 4;
    private const int TokensOfMessage = 4;

    /// <summary>What the run's model is sent of earlier runs.</summary>
    public async Task<ConversationWindow> LoadAsync(RunRecord run, AgentDefinition agent, int position, CancellationToken cancellationToken)
    {
        // Between two summaries the window is as long as it takes to make the next one, so that nothing falls between.
        var longest = agent.HistorySummary?.AfterMessages ?? agent.HistoryMessages;
        if (longest == 0 || position <= 1)
            return new ConversationWindow(null, []);
        var earlier = await runs.GetSessionMessagesAsync(run.SessionId, position, longest, cancellationToken);
        var start = agent.HistorySummary is null ? null : await StartAsync(run, cancellationToken);
        var summary = start is null ? null : await SummaryOfAsync(runs, start, cancellationToken);
        return new ConversationWindow(summary, Fit(After(earlier, start?.ThroughRunId), longest, agent.HistoryTokens));
    }

    /// <summary>The message that a run's model calls begin with; null when its summary was deleted.</summary>
    public static async Task<Message?> SummaryOfAsync(IRunStore runs, ConversationStart start, CancellationToken cancellationToken) =>
        await runs.GetResultAsync(start.SummaryRunId, SummaryResult.Key, cancellationToken) is { } json
        && AgentJson.Deserialize<SummaryResult>(json).Text is { } text
            ? Message.User($"Summary of the conversation before the messages that follow:\n{text}")
            : null;

    /// <summary>What comes after the messages of a run; all when none of them is there.</summary>
    internal static IReadOnlyList<RunMessage> After(IReadOnlyList<RunMessage> messages, string? runId)
    {
        var last = runId is null ? -1 : messages.ToList().FindLastIndex(m => m.RunId == runId);
        return [.. messages.Skip(last + 1)];
    }

    /// <summary>The latest runs whose messages and tokens are within the limits.</summary>
    internal static IReadOnlyList<RunMessage> Fit(IReadOnlyList<RunMessage> messages, int most, int? tokens)
    {
        var (count, sum) = (0, 0);
        foreach (var turn in messages.Reverse().GroupBy(m => m.RunId))
        {
            sum += turn.Sum(m => TokensOf(m.Message));
            if (count + turn.Count() > most || sum > tokens)
                break;
            count += turn.Count();
        }

        return [.. messages.TakeLast(count)];
    }

    /// <summary>An estimate that needs no tokenizer: four characters a token, and four tokens around each message.</summary>
    internal static int TokensOf(Message message) => TokensOfMessage + (message.Parts.Sum(part =>
        (part.Content?.Length ?? 0) + (part.Name?.Length ?? 0) + LengthOf(part.Arguments) + LengthOf(part.Response)) / CharactersOfToken);

    private static int LengthOf(System.Text.Json.JsonElement? json) => json?.GetRawText().Length ?? 0;

    // Decided by the first call of the run, and then kept: a later delivery or step must not see another summary.
    private async Task<ConversationStart?> StartAsync(RunRecord run, CancellationToken cancellationToken)
    {
        if (await runs.GetResultAsync(run.RunId, ConversationStart.Key, cancellationToken) is { } known)
            return AgentJson.Deserialize<ConversationStart>(known);
        if ((await sessions.GetAsync(run.SessionId, cancellationToken))?.Summary is not { } summary)
            return null;
        var start = new ConversationStart(summary.RunId, summary.ThroughRunId);
        var decided = await runs.CommitAsync(new RunCommit(run.RunId, ConversationStart.Key, AgentJson.Serialize(start)), cancellationToken);
        return AgentJson.Deserialize<ConversationStart>(decided.ResultJson);
    }
}
