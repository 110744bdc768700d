namespace AgentFunctions.Local.Storage;

/// <summary>Times as the tables hold them: UTC ticks, exact for every <see cref="DateTimeOffset"/> and ordered as integers.</summary>
internal static class Ticks
{
    public static DateTimeOffset ToTime(long ticks) => new(ticks, TimeSpan.Zero);
}
