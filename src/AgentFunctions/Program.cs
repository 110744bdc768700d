// The functions app on Azure, and under `func start`: the shared registration with Azure's stores and telemetry.
using AgentFunctions;
using AgentFunctions.Azure;
using AgentFunctions.Runs;
using AgentFunctions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddAgentFunctions(builder.Configuration, AppContext.BaseDirectory).CheckAzure();
builder.Services.AddTableStores(StorageAccount.OpenTables(builder.Configuration));
builder.Services.AddHttpClient<IRunHistory, ManagementRunHistory>();
builder.Services.AddAzureTelemetry(builder.Configuration);
builder.Build().Run();
