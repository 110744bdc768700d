using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace AgentFunctions.Telemetry;

/// <summary>
/// Gives a started activity a chosen span id. .NET has no public way, so this is the one place that touches private
/// state; it is tried once at start, and where it does not work exported spans keep random ids.
/// </summary>
internal sealed class SpanIdentity
{
    private readonly Action<Activity, ActivitySpanId> _set;

    public SpanIdentity(Action<Activity, ActivitySpanId> set)
    {
        _set = set;
        IsUsable = SelfTest(set);
    }

    public static SpanIdentity Default { get; } = new(SetFields);

    /// <summary>False when this runtime's Activity no longer takes a chosen id.</summary>
    public bool IsUsable { get; }

    /// <summary>After start and before anything reads <see cref="Activity.Id"/>; does nothing when not usable.</summary>
    public void Set(Activity activity, ActivitySpanId spanId)
    {
        if (IsUsable)
            _set(activity, spanId);
    }

    private static void SetFields(Activity activity, ActivitySpanId spanId)
    {
        SpanIdField(activity) = spanId.ToHexString();
        IdField(activity) = null;
    }

    private static bool SelfTest(Action<Activity, ActivitySpanId> set)
    {
        const string name = "AgentFunctions.SelfTest";
        var wanted = ActivitySpanId.CreateFromString("00f067aa0ba902b7");
        using var source = new ActivitySource(name);
        using var listener = new ActivityListener
        {
            ShouldListenTo = s => ReferenceEquals(s, source),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        using var activity = source.StartActivity(name);
        try
        {
            set(activity!, wanted);
            return activity!.SpanId == wanted && activity.Context.SpanId == wanted && activity.Id!.Contains(wanted.ToHexString(), StringComparison.Ordinal);
        }
        catch (Exception e) when (e is MissingFieldException or InvalidProgramException or NullReferenceException)
        {
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_spanId")]
    private static extern ref string? SpanIdField(Activity activity);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_id")]
    private static extern ref string? IdField(Activity activity);
}
