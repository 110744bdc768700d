using System.Globalization;

namespace AgentFunctions.Embedded.Worker;

/// <summary>One field of a cron expression as the set of its values: <c>*</c>, <c>5</c>, <c>1-5</c>, <c>*/15</c>, <c>3/10</c>, <c>Mon</c>, and lists of these.</summary>
internal sealed class CronField
{
    private readonly string _name;
    private readonly int _min;
    private readonly int _max;
    private readonly IReadOnlyList<string> _names;

    // Bit n stands for value n; the largest value of any field is 59.
    private ulong _values;

    private CronField(string name, int min, int max, IReadOnlyList<string> names) =>
        (_name, _min, _max, _names) = (name, min, max, names);

    /// <param name="names">Names for the values from <paramref name="min"/> on, of which three letters are enough.</param>
    public static CronField Parse(string name, string text, int min, int max, IReadOnlyList<string>? names = null)
    {
        var field = new CronField(name, min, max, names ?? []);
        foreach (var part in text.Split(','))
            field.Add(part);
        return field;
    }

    public bool Has(int value) => (_values & (1UL << value)) != 0;

    private void Add(string part)
    {
        var (range, step) = part.Split('/') switch
        {
            [var only] => (only, 1),
            [var first, var every] => (first, Step(every)),
            _ => throw Invalid(part),
        };
        var (from, to) = range.Split('-') switch
        {
            ["*"] => (_min, _max),
            [var one] => (Value(one), part.Contains('/', StringComparison.Ordinal) ? _max : Value(one)),
            [var low, var high] => (Value(low), Value(high)),
            _ => throw Invalid(part),
        };
        if (from > to)
            throw Invalid(part);
        for (var value = from; value <= to; value += step)
            _values |= 1UL << value;
    }

    private int Step(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var step) && step > 0 ? step : throw Invalid(text);

    private int Value(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number >= _min && number <= _max ? number : throw Invalid(text);
        for (var i = 0; i < _names.Count && text.Length >= 3; i++)
        {
            if (_names[i].StartsWith(text, StringComparison.OrdinalIgnoreCase))
                return _min + i;
        }

        throw Invalid(text);
    }

    private FormatException Invalid(string text) => new($"'{text}' is no {_name} ({_min} to {_max})");
}
