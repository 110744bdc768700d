// The functions app on Azure, and under `func start`: the shared registration with Azure's stores and telemetry.
using AgentFunctions;
using AgentFunctions.Azure;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Runs;
using AgentFunctions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// Retrieval searches with SQLite: the system's where there is one.
SqliteNative.Load();
var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddAgentFunctions(builder.Configuration, AppContext.BaseDirectory).CheckAzure();
builder.Services.AddTableStores(StorageAccount.OpenTables(builder.Configuration));
builder.Services.AddHttpClient<IRunHistory, ManagementRunHistory>();
builder.Services.AddAzureTelemetry(builder.Configuration);
builder.Build().Run();
