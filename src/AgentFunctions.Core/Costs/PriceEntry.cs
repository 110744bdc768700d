namespace AgentFunctions.Costs;

/// <summary>The price of a model, or of all models whose name begins alike, during some time.</summary>
public sealed record PriceEntry
{
    /// <summary>As written: <c>model</c> or <c>provider/model</c>; a <c>*</c> at the end stands for any rest.</summary>
    public required string Key { get; init; }

    /// <summary>Null: whatever the provider.</summary>
    public string? Provider { get; init; }

    /// <summary>The model's name, or how it begins, without the provider and the <c>*</c>.</summary>
    public required string Model { get; init; }

    public bool IsPrefix { get; init; }

    /// <summary>The first UTC day; null: always until <see cref="Until"/>.</summary>
    public DateOnly? From { get; init; }

    /// <summary>The UTC day from which the price holds no more; null: still holds.</summary>
    public DateOnly? Until { get; init; }

    public required PriceRates Rates { get; init; }

    /// <summary>The price of a call with a long prompt, where the provider has one.</summary>
    public LongContextPrice? LongContext { get; init; }

    public bool Covers(DateOnly day) => !(day < From) && !(day >= Until);

    /// <summary>The rates of a call with that many prompt tokens; the whole call is paid at them.</summary>
    public PriceRates RatesFor(long promptTokens) =>
        LongContext is { } price && promptTokens > price.Above ? price.Rates : Rates;
}

/// <param name="Above">Holds for calls with more prompt tokens than this.</param>
public sealed record LongContextPrice(long Above, PriceRates Rates);
