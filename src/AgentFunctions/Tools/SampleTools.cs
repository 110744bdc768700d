// The tools of the sample agents. Their data is made up, always the same for the same question, and says so.
using System.ComponentModel;
using System.Text.Json.Nodes;

namespace AgentFunctions.Tools;

public sealed class SampleTools
{
    private static readonly string[] _skies = ["sunny", "cloudy", "rainy", "windy", "snowy"];

    private readonly string _source = "demo data, made up";

    public enum TemperatureUnit
    {
        Celsius,
        Fahrenheit,
    }

    [AgentTool(Effect = ToolEffect.Pure)]
    [Description("Current weather of a city.")]
    public Weather GetWeather([Description("Name of the city")] string city, TemperatureUnit unit = TemperatureUnit.Celsius)
    {
        var seed = SeedOf(city);
        var celsius = (seed % 35) - 5;
        var degrees = unit == TemperatureUnit.Celsius ? celsius : (celsius * 9 / 5) + 32;
        return new Weather(city.Trim(), degrees, unit, _skies[seed % _skies.Length], _source);
    }

    [AgentTool(Effect = ToolEffect.Pure)]
    [Description("Flights between two cities.")]
    public Flights FindFlights([Description("City of departure")] string from, [Description("City of arrival")] string to)
    {
        var seed = SeedOf(from + to);
        return new Flights(from.Trim(), to.Trim(), $"{6 + (seed % 14):00}:{seed % 4 * 15:00}", 60 + (seed % 240), _source);
    }

    [AgentTool(Effect = ToolEffect.Pure)]
    [Description("What the app has noted for this conversation, such as the user's preferences.")]
    public static JsonObject ReadSessionState(ToolInvocation invocation) => invocation.SessionState ?? [];

    // Not string.GetHashCode, which differs from process to process.
    private static int SeedOf(string text) =>
        text.Where(char.IsLetter).Aggregate(17, (seed, letter) => ((seed * 31) + char.ToLowerInvariant(letter)) % 100_003);

    public sealed record Weather(string City, int Temperature, TemperatureUnit Unit, string Sky, string Source);

    public sealed record Flights(string From, string To, string DepartsAt, int PriceEur, string Source);
}
