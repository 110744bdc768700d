// Checks JSON from a model (a tool call's arguments, an answer) against its schema and tells the model what to correct.
using System.Collections.Concurrent;
using System.Text.Json;
using NJsonSchema;
using NJsonSchema.Validation;

namespace AgentFunctions.Tools;

/// <summary>Thread-safe; each schema is compiled once.</summary>
internal sealed class ArgumentValidator
{
    private const int MostProblemsShown = 10;

    private readonly ConcurrentDictionary<string, JsonSchema> _schemas = new();

    /// <summary>Why the schema cannot be used, or null when it can.</summary>
    public static string? ProblemOf(JsonElement schema)
    {
        try
        {
            Compile(schema.GetRawText()).Validate("{}");
            return null;
        }
        catch (Exception e) when (e is Newtonsoft.Json.JsonException or InvalidOperationException or ArgumentException or NotSupportedException)
        {
            return e.Message;
        }
    }

    /// <summary>Null when the arguments fit; else what is wrong with each one.</summary>
    public string? Validate(ToolDefinition tool, JsonElement arguments)
    {
        if (arguments.ValueKind != JsonValueKind.Object)
            return $"The arguments of '{tool.Name}' must be a JSON object.";

        var problems = ProblemsOf(tool.Parameters, arguments);
        return problems.Count == 0 ? null : $"The arguments of '{tool.Name}' do not fit its schema: {string.Join("; ", problems)}.";
    }

    /// <summary>What is wrong with each part of the value, the first few; none when it fits.</summary>
    public IReadOnlyList<string> ProblemsOf(JsonElement schema, JsonElement value)
    {
        var compiled = _schemas.GetOrAdd(schema.GetRawText(), Compile);
        return [.. compiled.Validate(value.GetRawText()).SelectMany(Flatten).Select(Describe).Distinct().Take(MostProblemsShown)];
    }

    // Loading completes synchronously, because nothing is fetched.
    private static JsonSchema Compile(string schema)
    {
        RefuseOtherDocuments(JsonElement.Parse(schema));
        return JsonSchema.FromJsonAsync(schema).GetAwaiter().GetResult();
    }

    // A schema that refers to a URL or a file would make validation read it.
    private static void RefuseOtherDocuments(JsonElement schema)
    {
        if (schema.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in schema.EnumerateArray())
                RefuseOtherDocuments(item);
        }
        else if (schema.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in schema.EnumerateObject())
            {
                if (member.NameEquals("$ref") && member.Value.ValueKind == JsonValueKind.String && !member.Value.GetString()!.StartsWith('#'))
                    throw new NotSupportedException($"$ref '{member.Value}' points into another document; only '#/…' is allowed");
                RefuseOtherDocuments(member.Value);
            }
        }
    }

    // The errors inside an array's item or an object say more than the error of the array itself.
    private static IEnumerable<ValidationError> Flatten(ValidationError error) =>
        error is ChildSchemaValidationError { Kind: ValidationErrorKind.ArrayItemNotValid or ValidationErrorKind.AdditionalPropertiesNotValid } parent
            ? parent.Errors.Values.SelectMany(errors => errors).SelectMany(Flatten)
            : [error];

    private static string Describe(ValidationError error)
    {
        var name = (error.Path ?? "").TrimStart('#', '/');
        var schema = error.Schema;
        return error.Kind switch
        {
            ValidationErrorKind.PropertyRequired => $"'{name}' is required",
            ValidationErrorKind.NoAdditionalPropertiesAllowed => $"'{name}' is not known (known: {string.Join(", ", schema.ActualProperties.Keys)})",
            ValidationErrorKind.NotInEnumeration => $"'{name}' must be one of {string.Join(", ", schema.Enumeration)}",
            ValidationErrorKind.PatternMismatch => $"'{name}' must match the pattern {schema.Pattern}",
            ValidationErrorKind.StringTooShort => $"'{name}' must have at least {schema.MinLength} characters",
            ValidationErrorKind.StringTooLong => $"'{name}' must have at most {schema.MaxLength} characters",
            ValidationErrorKind.NumberTooSmall => $"'{name}' must be {AtLeast(schema)}",
            ValidationErrorKind.NumberTooBig => $"'{name}' must be {AtMost(schema)}",
            ValidationErrorKind.TooFewItems => $"'{name}' must have at least {schema.MinItems} items",
            ValidationErrorKind.TooManyItems => $"'{name}' must have at most {schema.MaxItems} items",
            ValidationErrorKind.NotAnyOf or ValidationErrorKind.NotOneOf or ValidationErrorKind.NotAllOf => $"'{name}' fits none of the allowed forms",
            _ => $"'{name}' must be {Expected(schema, error.Kind)}",
        };
    }

    private static string AtLeast(JsonSchema schema) =>
        schema.ExclusiveMinimum is { } bound ? $"greater than {bound}" : $"{schema.Minimum} or more";

    private static string AtMost(JsonSchema schema) =>
        schema.ExclusiveMaximum is { } bound ? $"less than {bound}" : $"{schema.Maximum} or less";

    private static string Expected(JsonSchema schema, ValidationErrorKind kind)
    {
        var types = schema.Type == JsonObjectType.None ? [kind.ToString()] : schema.Type.ToString().ToLowerInvariant().Split(", ");
        var type = string.Join(" or ", types.OrderBy(word => word == "null"));
        return schema.Format is { Length: > 0 } format ? $"{type} in the format {format}" : type;
    }
}
