using System.Buffers;
using System.Text.RegularExpressions;

namespace AgentFunctions.Telemetry.Redaction;

/// <summary>API keys by their known shapes, JSON web tokens, private keys, and what a name such as <c>password</c> introduces.</summary>
internal sealed partial class KeyRule() : RedactionRule("keys")
{
    // Some part of each expression below; without one of them a text holds none of it.
    private static readonly SearchValues<string> _hints = SearchValues.Create(
        [
            "sk-", "pk-", "sk_", "rk_", "pk_", "xai-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "AKIA", "ASIA", "AIza",
            "xox", "hf_", "gsk_", "pplx-", "pylf_", "lsv2_", "glc_", "glsa_", "npm_", "eyJ", "PRIVATE KEY", "api_key", "apikey", "api-key",
            "secret", "password", "passwd", "pwd", "access_token", "accesstoken", "access-token", "refresh_token", "refreshtoken", "refresh-token",
            "auth_token", "authtoken", "auth-token", "id_token", "idtoken", "id-token", "AccountKey", "account_key", "account-key",
            "AccessKey", "access_key", "access-key", "SharedAccessSignature", "private_key", "privatekey", "private-key",
            "connectionstring", "connection_string", "connection-string", "sig=",
        ],
        StringComparison.OrdinalIgnoreCase);

    // How the names of secrets end, '_' and '-' taken out; each has its hint above.
    private static readonly string[] _members =
    [
        "apikey", "secret", "secretkey", "password", "passwd", "pwd", "accesstoken", "refreshtoken", "idtoken", "authtoken", "accountkey", "accesskey",
        "privatekey", "connectionstring",
    ];

    public override bool MayMatch(ReadOnlySpan<char> text) => text.ContainsAny(_hints);

    public override string Redact(string text)
    {
        text = PrivateKey().Replace(text, Marker);
        text = Token().Replace(text, Marker);
        text = Signature().Replace(text, $"$1{Marker}");
        return Assignment().Replace(text, $"$1$2$3$4{Marker}");
    }

    public override bool IsSecretMember(string member)
    {
        var name = member.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        return Array.Exists(_members, m => name.EndsWith(m, StringComparison.OrdinalIgnoreCase));
    }

    [GeneratedRegex("""
        \b(?:
          (?:sk|pk)-(?=[A-Za-z_-]{0,64}[0-9])[A-Za-z0-9_-]{12,}     # OpenAI, Anthropic, Langfuse
        | (?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}
        | xai-[A-Za-z0-9]{16,}
        | gh[opusr]_[A-Za-z0-9]{20,} | github_pat_[A-Za-z0-9_]{20,} | glpat-[A-Za-z0-9_-]{16,}
        | (?:AKIA|ASIA)[A-Z0-9]{16}\b
        | AIza[A-Za-z0-9_-]{30,}
        | xox[abeoprs]-[A-Za-z0-9-]{10,}
        | (?:hf|gsk|npm)_[A-Za-z0-9]{20,} | pplx-[A-Za-z0-9]{20,}
        | pylf_[A-Za-z0-9_]{16,} | lsv2_[A-Za-z0-9_]{16,} | gl(?:c|sa)_[A-Za-z0-9_=+/-]{20,}
        | eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+)? # JSON web token
        )
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex Token();

    [GeneratedRegex(@"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?", RegexOptions.CultureInvariant)]
    private static partial Regex PrivateKey();

    // Of a shared access signature in a URL.
    [GeneratedRegex(@"([?&;]sig=)(?!\[REDACTED)[^&\s""'\\]{8,}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Signature();

    // name = value, name: "value", also inside JSON that is itself quoted. A quoted value goes up to its closing quote.
    [GeneratedRegex("""
        (
          (?: api[_-]?(?:key|secret) | (?:client|secret|access|account|shared\s?access|private)[_-]?key | client[_-]?secret
            | (?:access|refresh|auth|id)[_-]?token | SharedAccessSignature | password | passwd | pwd )
          \\?["']? \s{0,8} [:=] \s{0,8}
        )
        (?! \\?["']? \[REDACTED | null\b | true\b | false\b )
        (?: (") (?: [^"\\] | \\. )+ | (\\") [^"\\]+ | (') [^']+ | [^\s"'\\,;&{}\[\]]{3,} )
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Assignment();
}
