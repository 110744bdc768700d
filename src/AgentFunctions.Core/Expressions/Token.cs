// The words of an expression.
using System.Text;

namespace AgentFunctions.Expressions;

internal enum TokenKind
{
    End,
    Name,
    Number,
    Text,
    Symbol,
}

/// <param name="Kind">What it is.</param>
/// <param name="Text">A name, the content of a text, the digits of a number, or a symbol.</param>
/// <param name="Position">Of its first character, from 1.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Position)
{
    public override string ToString() => Kind switch
    {
        TokenKind.End => "the end",
        TokenKind.Text => $"the text '{Text}'",
        _ => $"'{Text}'",
    };
}

/// <summary>Cuts an expression into tokens.</summary>
internal sealed class Tokenizer(string text)
{
    // Longer symbols first: ">=" is not ">" and "=".
    private static readonly string[] _symbols = ["==", "!=", ">=", "<=", "&&", "||", ">", "<", "!", "(", ")", "."];

    private int _at;

    /// <exception cref="ExpressionException">A character that begins no token, or a text without its end.</exception>
    public IEnumerable<Token> Read()
    {
        while (true)
        {
            while (_at < text.Length && char.IsWhiteSpace(text[_at]))
                _at++;
            if (_at == text.Length)
                break;
            yield return Next();
        }

        yield return new Token(TokenKind.End, "", text.Length + 1);
    }

    private Token Next()
    {
        var c = text[_at];
        if (char.IsLetter(c) || c == '_')
            return Take(TokenKind.Name, IsNamePart);
        if (char.IsAsciiDigit(c) || (c == '-' && _at + 1 < text.Length && char.IsAsciiDigit(text[_at + 1])))
            return Number();
        if (c is '\'' or '"')
            return Quoted(c);
        foreach (var symbol in _symbols)
        {
            if (string.CompareOrdinal(text, _at, symbol, 0, symbol.Length) == 0)
                return Symbol(symbol);
        }

        throw new ExpressionException(_at + 1, c == '=' ? "'=' is no operator; equality is '=='" : $"unexpected character '{c}'");
    }

    // There is no arithmetic, so a name may have hyphens.
    private static bool IsNamePart(char c) => char.IsLetterOrDigit(c) || c is '_' or '-';

    private Token Symbol(string symbol)
    {
        var token = new Token(TokenKind.Symbol, symbol, _at + 1);
        _at += symbol.Length;
        return token;
    }

    private Token Take(TokenKind kind, Func<char, bool> belongs)
    {
        var start = _at++;
        while (_at < text.Length && belongs(text[_at]))
            _at++;
        return new Token(kind, text[start.._at], start + 1);
    }

    private Token Number()
    {
        var number = Take(TokenKind.Number, char.IsAsciiDigit);
        if (_at + 1 < text.Length && text[_at] == '.' && char.IsAsciiDigit(text[_at + 1]))
            number = number with { Text = number.Text + Take(TokenKind.Number, char.IsAsciiDigit).Text };
        return number;
    }

    private Token Quoted(char quote)
    {
        var start = _at++;
        var content = new StringBuilder();
        while (_at < text.Length && text[_at] != quote)
        {
            if (text[_at] == '\\')
                _at++;
            if (_at < text.Length)
                content.Append(text[_at++]);
        }

        if (_at >= text.Length)
            throw new ExpressionException(start + 1, $"the text that begins here has no closing {quote}");
        _at++;
        return new Token(TokenKind.Text, content.ToString(), start + 1);
    }
}
