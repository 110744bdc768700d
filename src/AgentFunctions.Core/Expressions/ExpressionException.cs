namespace AgentFunctions.Expressions;

/// <summary>A text that is no expression: what is wrong, and where.</summary>
/// <param name="position">Where, counted in characters from 1.</param>
/// <param name="problem">What is wrong, without the position.</param>
public sealed class ExpressionException(int position, string problem) : Exception($"{problem} (at character {position})")
{
    /// <summary>Where, counted in characters from 1.</summary>
    public int Position => position;

    /// <summary>What is wrong, without the position.</summary>
    public string Problem => problem;
}
