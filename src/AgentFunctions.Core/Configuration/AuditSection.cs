// The `audit` section: how long the audit log keeps its records.
namespace AgentFunctions.Configuration;

/// <param name="RetentionDays">Records older than this are removed every night; null, the default, keeps them for ever.</param>
public sealed record AuditOptions(int? RetentionDays = null);

internal static class AuditSection
{
    public static AuditOptions Read(ConfigMap root)
    {
        if (root.Get("audit")?.Map() is not { } map)
            return new AuditOptions();
        var options = new AuditOptions(map.Get("retention_days")?.Integer(1, 36_500));
        map.End();
        return options;
    }
}
