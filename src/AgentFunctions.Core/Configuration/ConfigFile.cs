// One file while it is read: where its problems are collected, so that all of them are told at once.
using YamlDotNet.RepresentationModel;

namespace AgentFunctions.Configuration;

internal sealed class ConfigFile(string name, Func<string, string?> environment)
{
    private readonly List<ConfigurationProblem> _problems = [];

    public int ProblemCount => _problems.Count;

    public void AddProblem(YamlNode node, string key, string text, string? suggestion = null) =>
        _problems.Add(new ConfigurationProblem(name, node.Start.Line, node.Start.Column, key, text, suggestion));

    /// <summary>The text with its variables expanded; null after a problem was added.</summary>
    public string? Expand(YamlNode node, string key, string text)
    {
        try
        {
            return VariableTemplate.Expand(text, environment);
        }
        catch (VariableTemplateException e)
        {
            AddProblem(node, key, e.Message);
            return null;
        }
    }

    public bool IsSet(string variable) => !string.IsNullOrEmpty(environment(variable));

    /// <exception cref="ConfigurationException">A problem was added.</exception>
    public void ThrowIfProblems()
    {
        if (_problems.Count > 0)
            throw new ConfigurationException([.. _problems.Distinct().OrderBy(p => p.Line).ThenBy(p => p.Column)]);
    }
}
