namespace AgentFunctions.Embedded.Engine;

/// <summary>
/// Runs orchestrator code on one thread until it is blocked: continuations queue up here and nowhere else,
/// so their order depends on history alone.
/// </summary>
internal sealed class OrchestratorPump : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _ready = new();
    private int _threadId; // that runs the code now; 0: none does

    /// <summary>True once a continuation came from another thread: the code awaited something that is not durable.</summary>
    public bool ForeignContinuation { get; private set; }

    public bool IsOnPump => Environment.CurrentManagedThreadId == _threadId;

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (!IsOnPump)
        {
            ForeignContinuation = true;
            return;
        }
        _ready.Enqueue((d, state));
    }

    public override void Send(SendOrPostCallback d, object? state) => Post(d, state);

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Does a step that may let the code go on (starts it, completes what it awaits), then runs the code until it is blocked.</summary>
    public void Run(Action step)
    {
        var outer = Current;
        _threadId = Environment.CurrentManagedThreadId; // each episode may run on another
        SetSynchronizationContext(this);
        try
        {
            step();
            while (_ready.TryDequeue(out var next))
            {
                next.Callback(next.State);
            }
        }
        finally
        {
            SetSynchronizationContext(outer);
            _threadId = 0;
        }
    }
}
