using System.ComponentModel;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using FromBodyAttribute = Microsoft.Azure.Functions.Worker.Http.FromBodyAttribute;

namespace AgentFunctions.Embedded.Worker;

/// <summary>
/// Binds an HTTP function: the request, route and query values by parameter name, the JSON body;
/// and writes what it returns as the response.
/// </summary>
internal sealed partial class HttpTriggerBinding(HttpTriggerAttribute attribute) : TriggerBinding
{
    public override string Type => "httpTrigger";

    /// <summary>The methods it answers; empty means all.</summary>
    public IReadOnlyList<string> Methods => attribute.Methods ?? [];

    /// <exception cref="FunctionDefinitionException">The template is not valid.</exception>
    public RoutePattern Pattern(string prefix, string functionName)
    {
        var template = $"{prefix.Trim('/')}/{(attribute.Route ?? functionName).TrimStart('/')}";
        try
        {
            return RoutePatternFactory.Parse(template);
        }
        catch (RoutePatternException invalid)
        {
            throw new FunctionDefinitionException($"its route '{template}' is not valid: {invalid.Message}");
        }
    }

    /// <summary>Writes an <see cref="IActionResult"/> or <see cref="IResult"/>; what else is returned is not written, as in Azure.</summary>
    public override async Task CompleteAsync(EmbeddedFunctionContext context)
    {
        var http = (HttpContext)context.Trigger.Value;
        switch (context.Result)
        {
            case IActionResult action:
                await action.ExecuteResultAsync(new ActionContext(http, http.GetRouteData(), new ActionDescriptor()));
                break;
            case IResult result:
                await result.ExecuteAsync(http);
                break;
            case not null:
                LogResultNotWritten(context.GetLogger<HttpTriggerBinding>(), context.Function.Name, context.Result.GetType());
                break;
        }
    }

    protected override ArgumentSource BindTrigger(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(HttpRequest)
            ? context => ValueTask.FromResult<object?>(Http(context).Request)
            : throw WrongTriggerType(parameter, nameof(HttpRequest));

    protected override ArgumentSource? BindOther(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (parameter.IsDefined(typeof(FromBodyAttribute)))
            return async context => await Http(context).Request.ReadFromJsonAsync(type, Http(context).RequestAborted);
        if (type == typeof(string))
            return context => ValueTask.FromResult(OrDefault(ValueOf(Http(context), parameter.Name!), parameter));
        var converter = TypeDescriptor.GetConverter(Nullable.GetUnderlyingType(type) ?? type);
        return converter.CanConvertFrom(typeof(string))
            ? context => ValueTask.FromResult(OrDefault(Convert(converter, ValueOf(Http(context), parameter.Name!), parameter), parameter))
            : null;
    }

    private static HttpContext Http(EmbeddedFunctionContext context) => (HttpContext)context.Trigger.Value;

    private static string? ValueOf(HttpContext http, string name)
    {
        if (http.Request.RouteValues.TryGetValue(name, out var value))
            return value?.ToString();
        return http.Request.Query.TryGetValue(name, out var values) ? values.ToString() : null;
    }

    private static object? Convert(TypeConverter converter, string? text, ParameterInfo parameter)
    {
        try
        {
            return text is null ? null : converter.ConvertFromInvariantString(text);
        }
        catch (Exception invalid) when (invalid is FormatException or ArgumentException or NotSupportedException)
        {
            throw new InvalidOperationException(
                $"The value of '{parameter.Name}' is no {parameter.ParameterType}. Constrain the route, or take a string and answer 400.", invalid);
        }
    }

    [LoggerMessage(4101, LogLevel.Warning,
        "Function '{Function}' returned a {Type}, which is not written as the response: return an IActionResult or an IResult.")]
    private static partial void LogResultNotWritten(ILogger logger, string function, Type type);
}
