// What a team's run writes besides its model's messages: its beginning, and the answers of its members.
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry.Spans;

namespace AgentFunctions.Teams;

/// <summary>Input of PrepareTeam.</summary>
/// <param name="SessionPosition">The run's place in its session; 0 for a member's run.</param>
public sealed record TeamBeginning(string RunId, int SessionPosition);

public enum AnswerForm
{
    /// <summary>The last answer as it is becomes the team's.</summary>
    Last,

    /// <summary>All answers, each under its member's name, become the team's.</summary>
    Joined,

    /// <summary>All answers, each under its member's name, become a message to the leader.</summary>
    ForLeader,
}

/// <summary>Input of GatherAnswers.</summary>
/// <param name="Step">The step that the message belongs to: a model call sees the messages of earlier steps.</param>
public sealed record TeamAnswer(string RunId, AnswerForm Form, int Step);

/// <summary>What the PrepareTeam and GatherAnswers activities do. Safe to repeat: each writes once, under a key.</summary>
public sealed class TeamAnswers(IRunStore runs, DefinitionResolver definitions, TimeProvider time)
{
    private const string BeginKey = "begun:team";
    private const string AnswerKey = "answers";

    /// <summary>Shows the run as under way.</summary>
    /// <returns>The name that the input is addressed to, see <see cref="TeamAddress"/>.</returns>
    public async Task<string?> PrepareAsync(TeamBeginning beginning, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await runs.CommitAsync(new RunCommit(beginning.RunId, BeginKey, AgentJson.Serialize(new WorkBegun(now)))
        {
            Change = run => run.IsFinished ? run : run with
            {
                Status = RunStatus.Running,
                StartedAt = run.StartedAt ?? now,
                SessionPosition = beginning.SessionPosition == 0 ? null : beginning.SessionPosition,
            },
        }, cancellationToken);
        var run = await runs.RequireAsync(beginning.RunId, cancellationToken);
        return TeamAddress.Of(run, await runs.InputAsync(run, cancellationToken));
    }

    /// <summary>Writes the message. A team of whose members none answered gets none.</summary>
    public async Task GatherAsync(TeamAnswer answer, CancellationToken cancellationToken)
    {
        var delegations = await DelegationsAsync(answer.RunId, cancellationToken);
        var text = answer.Form == AnswerForm.Last
            ? delegations.LastOrDefault(d => d.Error is null)?.Output
            : string.Join("\n\n", delegations.Select(d => $"## {d.Member}\n\n{d.Output ?? $"No answer: {d.Error?.Message}"}"));
        if (string.IsNullOrEmpty(text))
            return;
        var message = new Message { Role = answer.Form == AnswerForm.ForLeader ? "user" : "assistant", Parts = [MessagePart.OfText(text)] };
        await runs.CommitAsync(new RunCommit(answer.RunId, AnswerKey, "{}")
        {
            Messages = [new NewMessage(AnswerKey, answer.Step, message, time.GetUtcNow())],
        }, cancellationToken);
    }

    // Members that work at the same time are done in any order; the answer has them in the team's.
    private async Task<List<DelegationFacts>> DelegationsAsync(string runId, CancellationToken cancellationToken)
    {
        var run = await runs.RequireAsync(runId, cancellationToken);
        var team = await definitions.ResolveAsync(run.DefinitionHash, cancellationToken);
        var order = team.Members.Select(m => m.Name).ToList();
        var results = await runs.GetResultsAsync(runId, cancellationToken);
        return [.. results.Where(r => r.Key.StartsWith(Delegation.KeyPrefix, StringComparison.Ordinal))
            .Select(r => AgentJson.Deserialize<DelegationFacts>(r.ResultJson)).OrderBy(d => d.Round).ThenBy(d => order.IndexOf(d.Member))];
    }
}
