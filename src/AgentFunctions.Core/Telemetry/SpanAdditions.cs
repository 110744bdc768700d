// A span of a run as an activity: what others put on it, and how it shows what a destination may see.
using System.Diagnostics;
using AgentFunctions.Telemetry.Redaction;

namespace AgentFunctions.Telemetry;

/// <summary>What was put on a live span besides its facts: links to what executed it, and what a tool's own code added.</summary>
internal sealed record SpanAdditions(
    IReadOnlyList<KeyValuePair<string, object?>> Tags, IReadOnlyList<ActivityEvent> Events, IReadOnlyList<ActivityLink> Links)
{
    public static SpanAdditions None { get; } = new([], [], []);

    /// <param name="activity">Live, before it shows its facts; null when nobody listens.</param>
    /// <param name="facts">Whose attributes are ours.</param>
    /// <param name="liveRule">What the live span shows.</param>
    public static SpanAdditions Of(Activity? activity, SpanFacts facts, SpanRule liveRule)
    {
        if (activity is null)
            return None;
        var tags = activity.TagObjects.Where(tag => !facts.Attributes.ContainsKey(tag.Key) && !facts.Content.ContainsKey(tag.Key)).ToList();
        if (tags.Count > 0)
        {
            var own = SpanViews.Of(facts, liveRule with { Content = false }).Attributes;
            tags.RemoveAll(tag => own.ContainsKey(tag.Key));
        }

        return new SpanAdditions(tags, [.. activity.Events], [.. activity.Links]);
    }

    public SpanAdditions Redacted(Redactor redactor) => this with
    {
        Tags = [.. Tags.Select(tag => Redacted(tag, redactor))],
        Events = [.. Events.Select(e => new ActivityEvent(e.Name, e.Timestamp, new ActivityTagsCollection(e.Tags.Select(tag => Redacted(tag, redactor)))))],
    };

    private static KeyValuePair<string, object?> Redacted(KeyValuePair<string, object?> tag, Redactor redactor) =>
        tag.Value is string text ? KeyValuePair.Create(tag.Key, (object?)redactor.Text(text)) : tag;
}

internal static class SpanActivity
{
    /// <summary>Makes the activity say what the view does, and end when the facts do.</summary>
    public static void Show(this Activity activity, SpanFacts facts, SpanView view)
    {
        // An activity looks through its tags before it sets one; without tags there is nothing to look through.
        var bare = !activity.EnumerateTagObjects().MoveNext();
        foreach (var (key, value) in view.Attributes)
            _ = bare ? activity.AddTag(key, value) : activity.SetTag(key, value);
        foreach (var e in view.Events)
            activity.AddEvent(new ActivityEvent(e.Name, e.Time, new ActivityTagsCollection(e.Attributes!)));
        activity.SetStatus(facts.Status, view.StatusMessage);
        activity.SetStartTime(facts.Start.UtcDateTime);
        activity.SetEndTime(facts.End.UtcDateTime);
    }
}
