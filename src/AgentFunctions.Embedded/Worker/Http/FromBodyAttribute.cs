namespace Microsoft.Azure.Functions.Worker.Http;

/// <summary>Binds a parameter of an HTTP function to the request's JSON body.</summary>
/// <remarks>Embedded: JSON only. As in Azure, a body that cannot be read fails the invocation (500).</remarks>
[AttributeUsage(AttributeTargets.Parameter)]
public class FromBodyAttribute : Attribute;
