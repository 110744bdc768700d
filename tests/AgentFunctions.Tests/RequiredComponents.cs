// Tests that need a program of their own (a storage emulator, a browser): skipped where it is missing, also in inherited suites.
using AgentFunctions.Tests;
using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: TestFramework($"AgentFunctions.Tests.{nameof(ComponentTestFramework)}", "AgentFunctions.Tests")]

namespace AgentFunctions.Tests;

/// <summary>
/// Marks a class whose tests need a component. Where it is missing they are skipped, and with
/// AGENTFUNCTIONS_REQUIRE_COMPONENTS=1 they run, and fail.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public abstract class RequiresComponentAttribute : Attribute
{
    /// <summary>Why the component cannot be used and how to install it; null when it is there.</summary>
    public abstract string? MissingReason { get; }

    public static bool IsStrict => Environment.GetEnvironmentVariable("AGENTFUNCTIONS_REQUIRE_COMPONENTS") == "1";
}

/// <summary>xunit's own framework, but the tests of a class that lacks its component are discovered as skipped.</summary>
/// <remarks>A fact can only be skipped where it is declared; inherited facts are declared in the suite.</remarks>
public sealed class ComponentTestFramework(IMessageSink messageSink) : XunitTestFramework(messageSink)
{
    protected override ITestFrameworkDiscoverer CreateDiscoverer(IAssemblyInfo assemblyInfo) =>
        new ComponentDiscoverer(assemblyInfo, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class ComponentDiscoverer(IAssemblyInfo assembly, ISourceInformationProvider source, IMessageSink sink)
        : XunitTestFrameworkDiscoverer(assembly, source, sink)
    {
        protected override bool FindTestsForMethod(
            ITestMethod testMethod, bool includeSourceInformation, IMessageBus messageBus, ITestFrameworkDiscoveryOptions discoveryOptions)
        {
            var isFact = testMethod.Method.GetCustomAttributes(typeof(FactAttribute)).Any();
            if (!isFact || MissingReasonOf(testMethod.TestClass.Class) is not { } reason)
            {
                return base.FindTestsForMethod(testMethod, includeSourceInformation, messageBus, discoveryOptions);
            }
            using var skipped = new XunitSkippedDataRowTestCase(
                DiagnosticMessageSink, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod, reason);
            return ReportDiscoveredTestCase(skipped, includeSourceInformation, messageBus);
        }

        private static string? MissingReasonOf(ITypeInfo type) => RequiresComponentAttribute.IsStrict
            ? null
            : type.ToRuntimeType()?.GetCustomAttributes(inherit: true).OfType<RequiresComponentAttribute>()
                .Select(attribute => attribute.MissingReason).FirstOrDefault(reason => reason is not null);
    }
}
