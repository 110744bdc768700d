// Starting a run: the row first, then the orchestration, so that whatever was acknowledged is never lost.
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AgentFunctions.Activities;
using AgentFunctions.Agents;
using AgentFunctions.Budgets;
using AgentFunctions.Costs;
using AgentFunctions.Hooks;
using AgentFunctions.Http;
using AgentFunctions.Models;
using AgentFunctions.Orchestrations;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Metrics;
using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Runs;

/// <summary>Creates runs. The same Idempotency-Key, or the same run id, gives the same run.</summary>
public sealed class RunStarter(
    IAgentCatalog catalog, IDefinitionStore definitions, IRunStore runs, CallAccounting accounting, DailySpending spending,
    BudgetAccounts budgets, RunSampling sampling, RunMetrics metrics, IIdSource ids, TimeProvider time)
{
    /// <param name="kind">What <paramref name="agentId"/> must be.</param>
    /// <exception cref="ApiException">404 for an unknown agent, team or workflow, 400 for an unknown model or a budget that cannot be counted, 409 when the key or id belongs to another request, 429 when the tokens of the day or a budget of the session or user are used up.</exception>
    public async Task<RunRecord> StartAsync(
        DurableTaskClient client, RunKind kind, string agentId, RunRequest request, string? idempotencyKey, string? traceParent,
        CancellationToken cancellationToken)
    {
        var agent = catalog.WithServerTools(AgentFor(kind, agentId, request));
        RequireCountable(agent, RunBudget.Tighter(agent.Budget, request.Budget));
        RequireCountable(agent, budgets.Limits(agent).Session);
        RequireCountable(agent, request.UserId is null ? null : budgets.Limits(agent).UserPerDay);
        var runId = RunIdFor(agentId, request, idempotencyKey);
        await RequireTokensLeftAsync(runId, cancellationToken);
        var proposed = Propose(agent, request, runId, traceParent);
        await RequireBudgetLeftAsync(client, proposed, agent, cancellationToken);
        await StoreDefinitionsAsync(agent, cancellationToken);
        var messages = NewRun.FirstMessages(proposed, agent, request.InputParts);
        var creation = await runs.CreateAsync(proposed, [NewRun.StartEvent(proposed)], messages, cancellationToken);
        if (!creation.Created && (creation.Run.RequestHash != proposed.RequestHash || creation.Run.AgentId != agentId))
            throw new ApiException(409, "conflict", "This Idempotency-Key or run id belongs to a run with another request.",
                new JsonObject { ["run_id"] = creation.Run.RunId });
        if (creation.Created)
            Count(creation.Run);
        await EnsureScheduledAsync(client, creation, cancellationToken);
        return creation.Run;
    }

    /// <summary>Schedules the orchestration of a stored run unless it is there. Also used by the sweeper.</summary>
    public async Task ScheduleAsync(DurableTaskClient client, RunRecord run, CancellationToken cancellationToken)
    {
        var agent = await definitions.GetAsync(run.DefinitionHash, cancellationToken)
            ?? throw new InvalidOperationException($"Run {run.RunId} names definition {run.DefinitionHash}, which the store does not have.");
        try
        {
            await client.ScheduleNewOrchestrationInstanceAsync(
                MemberCall.FunctionOf(run.Kind), budgets.StartOf(run, agent), new StartOrchestrationOptions(InstanceId: run.RunId), cancellationToken);
        }
        catch (OrchestrationAlreadyExistsException)
        {
            // Another request with the same key, or the sweeper, was first.
        }
    }

    /// <summary>Schedules the background hooks of a run whose orchestration ended without doing so.</summary>
    public async Task ScheduleBackgroundHooksAsync(DurableTaskClient client, RunRecord run, CancellationToken cancellationToken)
    {
        var agent = await definitions.GetAsync(run.DefinitionHash, cancellationToken);
        foreach (var job in agent?.BackgroundJobs(run.RunId) ?? [])
            await client.StartOnceAsync(nameof(BackgroundHook), job, BackgroundHookJob.IdOf(job.RunId, job.Hook), cancellationToken);
    }

    private void Count(RunRecord run)
    {
        using (RunContext.Enter(run.RunId, run.TraceId))
            metrics.Started(run);
    }

    private async Task EnsureScheduledAsync(DurableTaskClient client, RunCreation creation, CancellationToken cancellationToken)
    {
        if (creation.Run.IsFinished)
            return;
        if (!creation.Created && await client.GetInstanceAsync(creation.Run.RunId, cancellationToken) is not null)
            return;
        await ScheduleAsync(client, creation.Run, cancellationToken);
    }

    // Members are pinned by hash: their definitions must be there when their runs begin, however the app has changed by then.
    private async Task StoreDefinitionsAsync(AgentDefinition agent, CancellationToken cancellationToken)
    {
        await definitions.PutAsync(agent, cancellationToken);
        foreach (var member in agent.Members)
        {
            if (catalog.TryGet(member.Name, out var definition))
                await StoreDefinitionsAsync(definition, cancellationToken);
        }
    }

    private AgentDefinition AgentFor(RunKind kind, string agentId, RunRequest request)
    {
        var agent = catalog.Require(kind, agentId);
        if (request.Model is null)
            return agent;
        try
        {
            return catalog.WithModel(agent, request.Model);
        }
        catch (ArgumentException e)
        {
            throw ApiException.Invalid(e.Message);
        }
    }

    // A budget that cannot be counted would be no budget.
    private void RequireCountable(AgentDefinition agent, RunBudget? budget)
    {
        if (budget?.Tokens is not null && !accounting.CountsTokens)
            throw ApiException.Invalid("The run has a budget of tokens, and observability.track_tokens is false in agents.yaml: remove one of them.");
        var now = time.GetUtcNow();
        if (budget?.CostUsd is null || ModelsOf(agent).FirstOrDefault(model => !accounting.CanPrice(model, now)) is not { } unpriced)
            return;
        var name = $"{unpriced.Provider}/{unpriced.Model}";
        throw new ApiException(400, "price_unknown",
            $"The run has a budget of {budget.CostUsd} US dollars, and {(accounting.CountsCosts ? $"no price is known of {name}" : "observability.cost_tracking is off")}. "
            + $"Add the model to `prices` in agents.yaml, for example \"{name}\": {{ input: 0.5, output: 1.5 }} (US dollars per million tokens), or remove budget.cost_usd.",
            new JsonObject { ["model"] = name });
    }

    // What members use counts to the budget of the whole. Workflows and teams without a leader call no model of their own.
    private IEnumerable<ModelDefinition> ModelsOf(AgentDefinition agent) => agent.Model.Chain()
        .Where(model => model.Key != ModelDefinition.None.Key)
        .Concat(agent.Members.SelectMany(member => catalog.TryGet(member.Name, out var definition) ? ModelsOf(definition) : []));

    // A run that is there already is answered, whatever the day has used.
    private async Task RequireTokensLeftAsync(string runId, CancellationToken cancellationToken)
    {
        if (await spending.PauseAsync(cancellationToken) is not { } pause || await runs.GetAsync(runId, cancellationToken) is not null)
            return;
        throw new ApiException(429, "daily_token_limit_reached",
            "The tokens of today (UTC) are used up; new runs start again tomorrow. observability.daily_token_limit in agents.yaml sets the limit.")
        {
            RetryAfter = pause,
        };
    }

    private async Task RequireBudgetLeftAsync(DurableTaskClient client, RunRecord run, AgentDefinition agent, CancellationToken cancellationToken)
    {
        if (await budgets.ExhaustedAsync(client, run, agent, cancellationToken) is not { } stop || await runs.GetAsync(run.RunId, cancellationToken) is not null)
            return;
        throw new ApiException(429, "budget_exceeded", stop.Message, stop.Details())
        {
            RetryAfter = stop.Scope == BudgetStop.User ? BudgetAccounts.UntilMidnight(time.GetUtcNow()) : null,
        };
    }

    private void RequireCountable(AgentDefinition agent, BudgetLimits? limits) =>
        RequireCountable(agent, limits is null ? null : new RunBudget(limits.Tokens, limits.CostUsd));

    private string RunIdFor(string agentId, RunRequest request, string? idempotencyKey)
    {
        if (idempotencyKey is null)
            return request.RunId ?? ids.New("run");
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{agentId}\n{idempotencyKey}"));
        return $"run_{Convert.ToHexStringLower(hash)[..32]}";
    }

    private RunRecord Propose(AgentDefinition agent, RunRequest request, string runId, string? traceParent)
    {
        var trace = RunTrace.Create(runId, traceParent);
        return new RunRecord
        {
            RunId = runId,
            Kind = agent.Kind,
            AgentId = agent.Name,
            DefinitionHash = agent.Hash,
            SessionId = request.SessionId ?? $"ses_{runId}",
            UserId = request.UserId,
            ParentRunId = request.ParentRunId,
            TeamId = agent.Kind == RunKind.Team ? agent.Name : null,
            WorkflowId = agent.Kind == RunKind.Workflow ? agent.Name : null,
            Input = request.Input,
            Metadata = request.Metadata,
            Model = agent.Model.Model,
            Budget = RunBudget.Tighter(agent.Budget, request.Budget),
            TraceId = trace.TraceIdHex,
            TraceParent = trace.TraceParent,
            Export = sampling.Export(trace),
            RequestHash = request.Hash,
            CreatedAt = time.GetUtcNow(),
        };
    }
}
