// What an agent answers with when it is not free text: JSON that fits a schema.
using System.Text.Json;
using AgentFunctions.Agents;

namespace AgentFunctions.Output;

/// <summary>An output type that agents of the configuration file may name.</summary>
internal sealed record OutputRegistration(string Name, OutputDefinition Output);

/// <summary>
/// The structured output of an agent. A run of it completes with JSON that fits <see cref="Schema"/>, or ends in error.
/// </summary>
public sealed record OutputDefinition
{
    /// <summary>Asks for a valid answer that a run may make when the agent sets no limit of its own.</summary>
    public const int DefaultMaxRepairs = 2;

    /// <summary>What providers are told the answer is called.</summary>
    public string Name { get; init; } = "response";

    public string? Description { get; init; }

    /// <summary>JSON Schema of the answer; at the top an object.</summary>
    public required JsonElement Schema { get; init; }

    /// <summary>
    /// True to let the provider hold the model to the schema. Every object then names all its members as required and
    /// allows no others. The answer is checked here in either case.
    /// </summary>
    public bool Strict { get; init; } = true;

    /// <summary>
    /// Null to use the provider's response format where it is known to go together with the agent's tools; true to use it
    /// in any case; false to ask for the JSON in the prompt only.
    /// </summary>
    public bool? Native { get; init; }

    /// <summary>How often a run may ask the model again after an answer that does not fit; each time is a step.</summary>
    public int MaxRepairs { get; init; } = DefaultMaxRepairs;

    /// <summary>
    /// The output of the shape of <typeparamref name="T"/>, a class or record. Members are named in snake_case and are all
    /// required; nullable ones may be null; <c>[Description]</c> and enums are told to the model.
    /// </summary>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> is not written as a JSON object.</exception>
    public static OutputDefinition For<T>(string name = "response") =>
        new() { Name = name, Schema = OutputSchema.Of(typeof(T)) };

    /// <summary>Why the definition cannot be used, and what to do; null when it can.</summary>
    public string? Problem() =>
        !AgentNames.IsValid(Name) ? $"the name '{Name}' must be {AgentNames.Rule}"
        : MaxRepairs < 0 ? $"MaxRepairs must be 0 or more, not {MaxRepairs}"
        : OutputSchema.ProblemOf(Schema, Strict);
}
