// A small, safe condition over JSON: comparisons, and/or/not, parentheses, literals and dotted paths. It can only read.
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentFunctions.Expressions;

/// <summary>
/// A parsed condition such as <c>amount > 100 and not (country == "US" or customer.vip)</c>. Immutable and thread-safe.
/// <list type="bullet">
/// <item>Comparisons: <c>== != &gt; &gt;= &lt; &lt;= contains</c> (a part of a string, or an item of a list). Text is compared ordinally.</item>
/// <item>Logic: <c>not</c>, <c>and</c>, <c>or</c> (also <c>! &amp;&amp; ||</c>), in this order of binding, and parentheses.</item>
/// <item>Values: numbers, <c>'text'</c> or <c>"text"</c> (a backslash takes the next character as it is), <c>true</c>, <c>false</c>,
/// <c>null</c>, and paths: <c>customer.address.city</c>, <c>items.0.price</c>.</item>
/// </list>
/// What is missing, or cannot be compared (a number with text by size), leaves the condition undecided unless the rest decides
/// it: <c>a and b</c> is false when either is false. Only <c>== null</c> and <c>!= null</c> are always decided: missing is null there.
/// </summary>
public sealed class Expression
{
    /// <summary>The longest text that is read, in characters.</summary>
    public const int MaxLength = 4000;

    private readonly Node _root;

    private Expression(string text, Node root)
    {
        Text = text;
        _root = root;
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>The first names of all paths, each once: what the expression reads from its scope.</summary>
    public IReadOnlyList<string> Names => [.. _root.Paths.Select(path => path[0]).Distinct()];

    /// <summary>All paths that the expression reads from its scope.</summary>
    internal IEnumerable<IReadOnlyList<string>> Paths => _root.Paths;

    /// <exception cref="ExpressionException">The text is no expression; it says what is wrong at which position.</exception>
    public static Expression Parse(string text) => new(text, ExpressionParser.Parse(text));

    /// <summary>True or false, or null when <paramref name="scope"/> does not decide it.</summary>
    public bool? Test(JsonElement scope) => Operand.Truth(_root.Evaluate(scope));

    /// <inheritdoc cref="Test(JsonElement)"/>
    public bool? Test(JsonNode scope) => Test(JsonSerializer.SerializeToElement(scope));

    /// <summary>
    /// The value: of a path what is found there, of a condition true or false; null when nothing is found or it is undecided.
    /// </summary>
    public JsonElement? Evaluate(JsonElement scope) => _root.Evaluate(scope);

    /// <inheritdoc cref="Evaluate(JsonElement)"/>
    public JsonElement? Evaluate(JsonNode scope) => Evaluate(JsonSerializer.SerializeToElement(scope));

    public override string ToString() => Text;
}
