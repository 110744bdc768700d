// Measures AgentFunctions. Each command compares it with a bare baseline in one run, since machines differ and are noisy.
using AgentFunctions.Benchmarks;
using AgentFunctions.Benchmarks.Start;

// The bare server is an anchor of the cold start: it must not pay for loading the command line.
return args is [BareServer.Argument, var url] ? BareServer.Run(url) : await Commands.RunAsync(args);
