namespace DurableTask.Core.Exceptions;

/// <summary>An instance id belongs to an orchestration that may not be replaced. The real one is in DurableTask.Core, which clients get with it.</summary>
public class OrchestrationAlreadyExistsException(string message) : InvalidOperationException(message);
