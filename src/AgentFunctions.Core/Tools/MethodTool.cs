// A C# method as a tool: its schema from the signature, and its call.
using System.ComponentModel;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using AgentFunctions.Approvals;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tools;

internal sealed class MethodTool
{
    // Argument names are those of the signature, so the members of nested records are in camelCase like parameters.
    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    private readonly MethodInfo _method;
    private readonly AIFunctionFactoryOptions _options;
    private readonly string[] _nullable;

    public MethodTool(MethodInfo method, AgentToolAttribute attribute)
    {
        _method = method;
        _nullable = [.. method.GetParameters().Where(IsNullableWithoutDefault).Select(p => p.Name!)];
        _options = new AIFunctionFactoryOptions
        {
            Name = attribute.Name ?? NameOf(method),
            SerializerOptions = _json,
            JsonSchemaCreateOptions = new() { TransformOptions = new() { DisallowAdditionalProperties = true } },
            ConfigureParameterBinding = Bind,
        };
        Definition = new ToolDefinition
        {
            Name = _options.Name,
            Description = attribute.Description ?? method.GetCustomAttribute<DescriptionAttribute>()?.Description ?? "",
            Parameters = SchemaOf(method, _options, _nullable),
            Effect = attribute.Effect,
            Approval = attribute.Approval || attribute.ApprovalWhen is not null ? new ApprovalRule { When = attribute.ApprovalWhen } : null,
            TimeoutSeconds = attribute.TimeoutSeconds,
        };
    }

    public ToolDefinition Definition { get; }

    /// <summary>Whether the method has a parameter for the <see cref="ToolInvocation"/>.</summary>
    public bool TakesInvocation => _method.GetParameters().Any(p => p.ParameterType == typeof(ToolInvocation));

    /// <summary>Calls the method on the instance that <paramref name="services"/> gives for its class.</summary>
    public async Task<JsonElement> InvokeAsync(ToolInvocation invocation, IServiceProvider services, CancellationToken cancellationToken)
    {
        var arguments = new AIFunctionArguments { Services = services, Context = new Dictionary<object, object?> { [typeof(ToolInvocation)] = invocation } };
        foreach (var name in _nullable)
            arguments[name] = null;
        foreach (var member in invocation.Arguments.EnumerateObject())
            arguments[member.Name] = member.Value;

        // Bound to the instance here and not by the factory's own hook, which would dispose what it was given.
        var instance = _method.IsStatic ? null : services.GetRequiredService(_method.ReflectedType!);
        var result = await AIFunctionFactory.Create(_method, instance, _options).InvokeAsync(arguments, cancellationToken);
        return result as JsonElement? ?? JsonSerializer.SerializeToElement(result, _json);
    }

    private static AIFunctionFactoryOptions.ParameterBindingOptions Bind(ParameterInfo parameter) =>
        parameter.ParameterType != typeof(ToolInvocation) ? default : new()
        {
            ExcludeFromSchema = true,
            BindParameter = (_, arguments) => arguments.Context![typeof(ToolInvocation)],
        };

    private static JsonElement SchemaOf(MethodInfo method, AIFunctionFactoryOptions options, string[] optional)
    {
        var declared = method.IsStatic
            ? AIFunctionFactory.Create(method, target: null, options)
            : AIFunctionFactory.Create(method, _ => throw new NotSupportedException("Only the schema is read."), options);
        var schema = JsonNode.Parse(declared.JsonSchema.GetRawText())!.AsObject();
        if (schema["required"] is JsonArray required)
            schema["required"] = new JsonArray([.. required.Select(n => n!.GetValue<string>()).Except(optional).Select(n => JsonValue.Create(n))]);
        schema.TryAdd("additionalProperties", false);
        return JsonSerializer.SerializeToElement(schema);
    }

    private static string NameOf(MethodInfo method)
    {
        var name = method.Name.EndsWith("Async", StringComparison.Ordinal) ? method.Name[..^"Async".Length] : method.Name;
        return JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
    }

    private static bool IsNullableWithoutDefault(ParameterInfo parameter) =>
        !parameter.HasDefaultValue
        && parameter.ParameterType != typeof(ToolInvocation)
        && new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable;
}
