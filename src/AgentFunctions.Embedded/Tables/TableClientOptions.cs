using Azure.Core;

namespace Azure.Data.Tables;

/// <summary>Options of a table client. The subset has retries and transport.</summary>
public class TableClientOptions : ClientOptions
{
}
