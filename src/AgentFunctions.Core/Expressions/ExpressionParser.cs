// Reads an expression by recursive descent: or, and, not, comparison, operand.
using System.Globalization;
using System.Text.Json;

namespace AgentFunctions.Expressions;

internal sealed class ExpressionParser
{
    // Deeper than any condition a person writes, and far from the end of the stack.
    private const int MostNesting = 50;

    private static readonly string[] _comparisons = ["==", "!=", ">", ">=", "<", "<=", "contains"];
    private static readonly string[] _words = ["and", "or", "not", "contains"];

    private readonly List<Token> _tokens;
    private int _at;
    private int _depth;

    private ExpressionParser(List<Token> tokens) => _tokens = tokens;

    private Token Current => _tokens[_at];

    /// <exception cref="ExpressionException">The text is no expression.</exception>
    public static Node Parse(string text)
    {
        if (text.Length > Expression.MaxLength)
            throw new ExpressionException(Expression.MaxLength + 1, $"an expression has at most {Expression.MaxLength} characters");
        var parser = new ExpressionParser([.. new Tokenizer(text).Read()]);
        var root = parser.Or();
        return parser.Current.Kind == TokenKind.End
            ? root
            : throw new ExpressionException(parser.Current.Position, $"expected 'and', 'or' or the end, found {parser.Current}");
    }

    private Node Or()
    {
        var left = And();
        while (Takes("or", "||"))
            left = new EitherNode(left, And());
        return left;
    }

    private Node And()
    {
        var left = Not();
        while (Takes("and", "&&"))
            left = new BothNode(left, Not());
        return left;
    }

    private Node Not()
    {
        if (++_depth > MostNesting)
            throw new ExpressionException(Current.Position, $"nested deeper than {MostNesting} levels");
        var node = Takes("not", "!") ? new NotNode(Not()) : Comparison();
        _depth--;
        return node;
    }

    private Node Comparison()
    {
        var left = Value();
        if (_comparisons.FirstOrDefault(Takes) is not { } comparison)
            return left;
        var right = Value();
        if (_comparisons.Any(Is))
            throw new ExpressionException(Current.Position, "comparisons cannot be chained; join two of them with 'and'");
        return new ComparisonNode(left, comparison, right);
    }

    private Node Value()
    {
        var token = Current;
        _at = Math.Min(_at + 1, _tokens.Count - 1);
        return token switch
        {
            { Kind: TokenKind.Number } => new LiteralNode(NumberOf(token)),
            { Kind: TokenKind.Text } => new LiteralNode(JsonSerializer.SerializeToElement(token.Text)),
            { Kind: TokenKind.Symbol, Text: "(" } => Parenthesized(token),
            { Kind: TokenKind.Name, Text: "true" or "false" or "null" } => new LiteralNode(JsonElement.Parse(token.Text)),
            { Kind: TokenKind.Name } when !_words.Contains(token.Text) => new PathNode(PathFrom(token)),
            _ => throw new ExpressionException(token.Position, $"expected a value, a path or '(', found {token}"),
        };
    }

    private Node Parenthesized(Token opening)
    {
        var inner = Or();
        return Takes(")") ? inner : throw new ExpressionException(Current.Position, $"expected ')' for the '(' at character {opening.Position}, found {Current}");
    }

    private static JsonElement NumberOf(Token token) =>
        decimal.TryParse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? JsonSerializer.SerializeToElement(number)
            : throw new ExpressionException(token.Position, $"the number {token.Text} is too large");

    private List<string> PathFrom(Token first)
    {
        List<string> path = [first.Text];
        while (Takes("."))
        {
            if (Current.Kind is not (TokenKind.Name or TokenKind.Number))
                throw new ExpressionException(Current.Position, $"expected a name after '.', found {Current}");
            // "rows.0.1" has the token 0.1, which is two indexes.
            path.AddRange(Current.Text.Split('.'));
            _at++;
        }

        return path;
    }

    private bool Takes(params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (!Is(word))
                continue;
            _at++;
            return true;
        }

        return false;
    }

    private bool Takes(string word) => Takes([word]);

    private bool Is(string word) => Current.Kind is TokenKind.Name or TokenKind.Symbol && Current.Text == word;
}
