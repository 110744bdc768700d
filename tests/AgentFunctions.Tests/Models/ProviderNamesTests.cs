// The configuration accepts exactly the providers that there are clients for.
using AgentFunctions.Configuration;
using AgentFunctions.Models.Providers;

namespace AgentFunctions.Tests.Models;

public sealed class ProviderNamesTests
{
    [Fact]
    public void Every_provider_of_the_configuration_has_a_client_and_the_other_way_round() =>
        Assert.Equal(
            ProviderPreset.Names.Append("anthropic").Append(ModelProviders.Scripted).Order(),
            ModelProviders.Names.Order());
}
