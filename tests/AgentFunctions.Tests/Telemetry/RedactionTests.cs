using System.Text.Json.Nodes;
using AgentFunctions.Telemetry.Redaction;

namespace AgentFunctions.Tests.Telemetry;

/// <summary>What is taken out of texts and JSON, and what must stay.</summary>
public sealed class RedactionTests
{
    private static readonly Redactor _all = Redactor.Create(RedactionOptions.ExportDefault);

    // Assembled here, so that no scanner takes this file for a leak.
    public static TheoryData<string> Keys =>
    [
        "sk-" + "proj-a1B2c3D4e5F6g7H8i9", "sk-" + "ant-api03-abcDEF123456", "sk-" + "lf-12345678-aaaa-bbbb", "pk-" + "lf-12345678-aaaa-bbbb",
        "xai-" + "ABCDEFGHIJKLMNOP1234", "ghp_" + "abcdefghijklmnopqrst1234", "github_pat_" + "11ABCDEFG0abcdefghijkl", "AKIA" + "IOSFODNN7EXAMPLE",
        "AIza" + "SyA1234567890abcdefghijklmnopqrstuv", "xoxb-" + "1234567890-abcdef", "sk_live_" + "abcdefghij1234567890", "hf_" + "abcdefghijklmnopqrstuvwx",
        "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + "c2lnbmF0dXJl",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----",
    ];

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_key_of_a_known_shape_is_taken_out_and_the_words_around_it_stay(string key) =>
        Assert.Equal("use [REDACTED:keys], please", _all.Text($"use {key}, please"));

    [Theory]
    [InlineData("AccountName=dev;AccountKey=abc123==;EndpointSuffix=x", "AccountName=dev;AccountKey=[REDACTED:keys];EndpointSuffix=x")]
    [InlineData("api_key=abc123 next", "api_key=[REDACTED:keys] next")]
    [InlineData("password: 'open sesame', next", "password: '[REDACTED:keys]', next")]
    [InlineData("""it said {"password":"open \"sesame\"","ok":true}""", """it said {"password":"[REDACTED:keys]","ok":true}""")]
    [InlineData("""quoted {\"apiKey\":\"abc123\",\"ok\":true}""", """quoted {\"apiKey\":\"[REDACTED:keys]\",\"ok\":true}""")]
    [InlineData("https://a.example/b?x=1&sig=AbCdEf123456%3D&y=2", "https://a.example/b?x=1&sig=[REDACTED:keys]&y=2")]
    [InlineData("Authorization: Bearer abc123def456", "Authorization: Bearer [REDACTED:bearer]")]
    [InlineData("curl -H 'authorization: my-token-value'", "curl -H 'authorization: [REDACTED:bearer]'")]
    [InlineData("sent Bearer abc.def-123 today", "sent Bearer [REDACTED:bearer] today")]
    [InlineData("write to ola.nordmann+x@mail.example.no!", "write to [REDACTED:email]!")]
    [InlineData("card 4111 1111 1111 1111 exp 12/30", "card [REDACTED:card] exp 12/30")]
    [InlineData("visa-4111111111111111", "visa-[REDACTED:card]")]
    [InlineData("amex 3782-822463-10005", "amex [REDACTED:card]")]
    [InlineData("4111111111111111 5500000000000004", "[REDACTED:card] [REDACTED:card]")]
    public void What_a_name_or_a_header_introduces_is_taken_out(string text, string expected) => Assert.Equal(expected, _all.Text(text));

    [Theory]
    [InlineData("order 4111111111111112 of 2026")]
    [InlineData("id_4111111111111111")]
    [InlineData("part 41111111-1111-1111 of an id")]
    [InlineData("at 1767225600000 ms")]
    [InlineData("0.4111111111111111")]
    [InlineData("550e8400-e29b-41d4-a716-446655440000")]
    [InlineData("a risk-management-strategy for task-1234567890123")]
    [InlineData("basic authentication, bearer certificates, a password manager")]
    [InlineData("@someone said 5@7")]
    [InlineData("the keys are [REDACTED:keys]")]
    public void What_only_looks_like_it_stays(string text) => Assert.Equal(text, _all.Text(text));

    [Fact]
    public void Redacting_twice_changes_nothing_more()
    {
        foreach (var key in Keys)
        {
            var once = _all.Text($"api_key={key} for ola@mail.example, Authorization: Bearer {key}");
            Assert.Equal(once, _all.Text(once));
        }
    }

    [Theory]
    [InlineData("api_key"), InlineData("x-api-key"), InlineData("apiKey"), InlineData("client_secret"), InlineData("Password"), InlineData("accessToken")]
    [InlineData("refresh_token"), InlineData("id_token"), InlineData("auth-token"), InlineData("account_key"), InlineData("private-key")]
    [InlineData("connectionString"), InlineData("aws_secret_access_key"), InlineData("shared_access_key"), InlineData("pwd"), InlineData("secret")]
    public void The_value_of_a_member_with_a_secrets_name_goes_whatever_it_looks_like(string member)
    {
        var json = _all.Json($$$"""{"{{{member}}}":"hunter2","n":[1.50,null,true],"nested":{"{{{member}}}":["a",7]}}""");

        Assert.Equal($$$"""{"{{{member}}}":"[REDACTED:keys]","n":[1.50,null,true],"nested":{"{{{member}}}":["[REDACTED:keys]","[REDACTED:keys]"]}}""", json);
    }

    [Fact]
    public void A_schema_that_names_a_password_stays_a_schema()
    {
        const string schema = """{"type":"object","properties":{"password":{"type":"string"}},"required":["password"]}""";

        Assert.Equal(schema, _all.Json(schema));
    }

    [Fact]
    public void Json_stays_json_when_a_secret_is_hidden_behind_escapes_or_stands_as_a_number_or_a_name()
    {
        Assert.Equal("""{"a":"[REDACTED:email]"}""", _all.Json("""{"a":"ola\u0040mail.example"}"""));
        Assert.Equal("""{"card":"[REDACTED:card]","order":4111111111111112}""", _all.Json("""{"card":4111111111111111,"order":4111111111111112}"""));
        Assert.Equal("""{"[REDACTED:email]":3}""", _all.Json("""{"ola@mail.example":3}"""));
        Assert.Equal("""{"a":1,"a":"[REDACTED:email]"}""", _all.Json("""{"a":1,"a":"ola@mail.example"}"""));
        Assert.Equal("""["\\ud83d [REDACTED:email]"]""", _all.Json("""["\ud83d ola@mail.example"]"""));
    }

    [Fact]
    public void What_is_no_json_is_redacted_as_text() => Assert.Equal("{oops [REDACTED:email]", _all.Json("{oops ola@mail.example"));

    [Fact]
    public void Messages_keep_their_structure_and_lose_what_was_said()
    {
        var message = """
            [{"role":"assistant","parts":[
              {"type":"text","content":"mail ola@mail.example"},
              {"type":"tool_call","id":"a@b.example","name":"c@d.example","arguments":{"name":"ola@mail.example","password":"x"}},
              {"type":"tool_call_response","id":"1","response":{"rows":["ola@mail.example"]}}]}]
            """;

        var parts = JsonNode.Parse(_all.Messages(message))![0]!["parts"]!;

        Assert.Equal("mail [REDACTED:email]", (string)parts[0]!["content"]!);
        Assert.Equal(("a@b.example", "c@d.example"), ((string)parts[1]!["id"]!, (string)parts[1]!["name"]!));
        Assert.Equal("""{"name":"[REDACTED:email]","password":"[REDACTED:keys]"}""", parts[1]!["arguments"]!.ToJsonString());
        Assert.Equal("[REDACTED:email]", (string)parts[2]!["response"]!["rows"]![0]!);
    }

    [Fact]
    public void Content_without_a_hint_comes_back_as_the_same_string()
    {
        const string json = """[ {"role":"user","parts":[{"type":"text","content":"Weather in Oslo on 2026-03-01?"}]} ]""";

        Assert.Same(json, _all.Messages(json));
        Assert.Same(json, Redactor.None.Json(json));
    }

    [Fact]
    public void The_own_store_keeps_addresses_and_loses_keys()
    {
        var store = Redactor.Create(RedactionOptions.StoreDefault);

        Assert.Equal("ola@mail.example 4111111111111111 api_key=[REDACTED:keys]", store.Text("ola@mail.example 4111111111111111 api_key=abc123"));
    }

    [Fact]
    public void An_own_pattern_leaves_its_name()
    {
        var redactor = Redactor.Create(new() { Own = [new("case-no", @"CASE-\d+"), new("look", "(?<=pin )[0-9]{4}")] });

        Assert.Equal("""{"a":"see [REDACTED:case-no], pin [REDACTED:look]"}""", redactor.Json("""{"a":"see CASE-77, pin 1234"}"""));
    }

    [Fact]
    public void A_pattern_that_takes_too_long_takes_the_whole_text()
    {
        // The look-ahead keeps it from the engine that is always fast.
        var redactor = Redactor.Create(new() { Own = [new("slow", "(?=a)(a+)+$")] });

        Assert.Equal("[REDACTED:slow]", redactor.Text(new string('a', 64) + "!"));
    }

    [Theory]
    [InlineData("ticket", "([", "'ticket' is no regular expression")]
    [InlineData("ticket", "x*", "matches the empty text")]
    [InlineData("my ticket", "x", "must be letters")]
    public void A_pattern_that_cannot_be_used_is_refused_by_name(string name, string pattern, string message)
    {
        var e = Assert.Throws<ArgumentException>(() => Redactor.Create(new() { Own = [new(name, pattern)] }));

        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_built_in_rule_is_refused_with_the_known_ones()
    {
        var e = Assert.Throws<ArgumentException>(() => Redactor.Create(new() { BuiltIn = ["mail"] }));

        Assert.Contains("'mail'. Rules: keys, bearer, email, card", e.Message, StringComparison.Ordinal);
    }
}
