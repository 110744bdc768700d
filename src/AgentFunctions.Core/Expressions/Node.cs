// The tree of an expression, and how each node is evaluated. A null result means: not there, or not decided.
using System.Text.Json;

namespace AgentFunctions.Expressions;

internal abstract class Node
{
    /// <summary>The paths below this node.</summary>
    public virtual IEnumerable<IReadOnlyList<string>> Paths => [];

    public abstract JsonElement? Evaluate(JsonElement scope);
}

internal sealed class LiteralNode(JsonElement value) : Node
{
    public override JsonElement? Evaluate(JsonElement scope) => value;
}

internal sealed class PathNode(IReadOnlyList<string> path) : Node
{
    public override IEnumerable<IReadOnlyList<string>> Paths => [path];

    public override JsonElement? Evaluate(JsonElement scope)
    {
        foreach (var name in path)
        {
            if (Operand.Member(scope, name) is not { } member)
                return null;
            scope = member;
        }

        return scope;
    }
}

internal sealed class NotNode(Node inner) : Node
{
    public override IEnumerable<IReadOnlyList<string>> Paths => inner.Paths;

    public override JsonElement? Evaluate(JsonElement scope) => Operand.Of(!Operand.Truth(inner.Evaluate(scope)));
}

internal sealed class BothNode(Node left, Node right) : Node
{
    public override IEnumerable<IReadOnlyList<string>> Paths => left.Paths.Concat(right.Paths);

    // With a nullable operand '&' is false as soon as one side is false, and null when the other side could change it.
    public override JsonElement? Evaluate(JsonElement scope) =>
        Operand.Of(Operand.Truth(left.Evaluate(scope)) & Operand.Truth(right.Evaluate(scope)));
}

internal sealed class EitherNode(Node left, Node right) : Node
{
    public override IEnumerable<IReadOnlyList<string>> Paths => left.Paths.Concat(right.Paths);

    public override JsonElement? Evaluate(JsonElement scope) =>
        Operand.Of(Operand.Truth(left.Evaluate(scope)) | Operand.Truth(right.Evaluate(scope)));
}

internal sealed class ComparisonNode(Node left, string comparison, Node right) : Node
{
    public override IEnumerable<IReadOnlyList<string>> Paths => left.Paths.Concat(right.Paths);

    public override JsonElement? Evaluate(JsonElement scope) =>
        Operand.Of(Operand.Compare(left.Evaluate(scope), comparison, right.Evaluate(scope)));
}
