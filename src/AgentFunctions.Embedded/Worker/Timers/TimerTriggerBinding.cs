using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;

namespace AgentFunctions.Embedded.Worker;

/// <summary>Binds a timer function and reads its schedule.</summary>
internal sealed class TimerTriggerBinding(TimerTriggerAttribute attribute) : TriggerBinding
{
    public override string Type => "timerTrigger";

    public bool RunOnStartup => attribute.RunOnStartup;

    /// <exception cref="FunctionDefinitionException">The schedule is not valid, or its setting is missing.</exception>
    public TimerSchedule Schedule(IConfiguration settings)
    {
        var text = attribute.Schedule;
        if (text is ['%', .. var setting, '%'])
            text = settings[setting] ?? throw new FunctionDefinitionException(
                $"its schedule is the setting '{setting}', which is not set; set it or write the schedule in the attribute");
        try
        {
            return TimerSchedule.Parse(text);
        }
        catch (FormatException invalid)
        {
            throw new FunctionDefinitionException($"its schedule '{text}' is not valid: {invalid.Message}");
        }
    }

    protected override ArgumentSource BindTrigger(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(TimerInfo)
            ? context => ValueTask.FromResult<object?>(context.Trigger.Value)
            : throw WrongTriggerType(parameter, nameof(TimerInfo));
}
