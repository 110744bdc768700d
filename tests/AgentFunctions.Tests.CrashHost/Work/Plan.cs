using System.Text.Json.Serialization;

namespace AgentFunctions.Tests.CrashHost.Work;

/// <summary>What one run is asked to do. It is the input of the orchestration, and all the checker needs to foretell the result.</summary>
/// <param name="Size">How many steps, branches, children or failures, by shape.</param>
/// <param name="Salt">Varies delays and the entities that are used.</param>
internal sealed record Plan(Shape Shape, int Size, int Salt)
{
    /// <summary>The entity that a <see cref="Shape.Chain"/> reports to.</summary>
    [JsonIgnore]
    public string Tally => $"t{Salt % 16}";

    /// <summary>The two accounts of a <see cref="Shape.Transfer"/>, in either order.</summary>
    [JsonIgnore]
    public (string From, string To) Accounts => ($"a{Salt % 7}", $"a{(Salt + 1 + Salt % 5) % 7}");

    [JsonIgnore]
    public int Amount => 1 + Salt % 100;
}

/// <summary>The kinds of orchestration; each is the name of an orchestrator.</summary>
internal enum Shape
{
    /// <summary>Activities one after the other, then a signal to an entity.</summary>
    Chain,

    /// <summary>Activities at the same time, then one that joins them.</summary>
    Fan,

    /// <summary>A short durable timer between two activities.</summary>
    Pause,

    /// <summary>Sub-orchestrations at the same time, then an activity.</summary>
    Family,

    /// <summary>Waits for letters (external events), with an activity for each.</summary>
    Letters,

    /// <summary>Sends letters to a sub-orchestration that waits for them.</summary>
    Courier,

    /// <summary>As <see cref="Letters"/>, but continues as new after each letter.</summary>
    Mailbox,

    /// <summary>Continues as new after each activity.</summary>
    Loop,

    /// <summary>Reads and writes two entities under their locks.</summary>
    Transfer,

    /// <summary>An activity that fails a few times and is retried.</summary>
    Stubborn,

    /// <summary>Waits for what never comes: it ends only when it is terminated.</summary>
    Parked,
}

/// <summary>The event that a client raises. The last one lets the orchestration end.</summary>
internal sealed record Letter(string Id, bool Last);

/// <summary>What an orchestration returns.</summary>
/// <param name="Value">Folded from the result of every step.</param>
/// <param name="Letters">The letters it took, in order.</param>
internal sealed record Outcome(uint Value, IReadOnlyList<string> Letters)
{
    public static Outcome Of(uint value) => new(value, []);
}
