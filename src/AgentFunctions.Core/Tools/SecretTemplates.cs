// Expands ${VAR} for one HTTP call and remembers the values, so that no error text can show them.
using AgentFunctions.Configuration;

namespace AgentFunctions.Tools;

internal sealed class SecretTemplates(Func<string, string?> environment)
{
    // Shorter values are no secrets, and hiding them would tear words apart.
    private const int ShortestSecret = 4;

    private readonly HashSet<string> _values = [];

    public string Expand(string template) => VariableTemplate.Expand(template, name =>
    {
        var value = environment(name);
        if (value is { Length: >= ShortestSecret })
        {
            _values.Add(value);
            _values.Add(Uri.EscapeDataString(value));
        }

        return value;
    });

    public string Redact(string text) => _values.Aggregate(text, (current, value) => current.Replace(value, "***", StringComparison.Ordinal));
}
