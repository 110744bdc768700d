// The price table that the app ships with; it is written like the `prices` section.
using AgentFunctions.Costs;
using YamlDotNet.RepresentationModel;

namespace AgentFunctions.Configuration;

public static class BuiltInPrices
{
    private const string Resource = "prices.yaml";

    private static readonly Lazy<PriceTable> _table = new(Load);

    public static PriceTable Table => _table.Value;

    private static PriceTable Load()
    {
        using var text = new StreamReader(typeof(BuiltInPrices).Assembly.GetManifestResourceStream(Resource)!);
        var yaml = new YamlStream();
        yaml.Load(text);
        var file = new ConfigFile(Resource, _ => null);
        var root = new ConfigValue(file, yaml.Documents[0].RootNode, "").Map()!;
        var table = new PriceTable(CallPrice.BuiltIn, root.Require("version")?.Text() ?? "", PriceSection.Read(root))
        {
            AsOf = root.Require("as_of")?.Date(),
        };
        _ = root.Require("sources");
        root.End();
        file.ThrowIfProblems();
        return table;
    }
}
