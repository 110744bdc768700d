namespace Microsoft.Azure.Functions.Worker.Builder;

/// <summary>The start of a Functions app's Program.</summary>
public class FunctionsApplication
{
    public static FunctionsApplicationBuilder CreateBuilder(string[] args) => new(args);
}
