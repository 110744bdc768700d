// Agents that search a folder of documents, over the running executable.
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace AgentFunctions.Tests.EndToEnd;

/// <summary>An agent that searches for its input and says what was found.</summary>
public sealed class LibraryApp : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private AppProcess? _app;

    internal AppProcess App => _app!;

    internal string Documents => Path.Combine(_folder.Path, "docs");

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Path.Combine(Documents, "policies"));
        await WriteAsync("policies/refunds.md", "# Refunds\n\nA refund is paid within five days of the return.\n\n## Damaged goods\n\nDamaged goods are refunded at once.");
        await WriteAsync("shipping.html", "<html><head><title>Shipping &amp; delivery</title></head><body><p>Parcels leave the <b>warehouse</b> daily.</p><script>var refund = 1;</script></body></html>");
        await WriteAsync("notes.txt", "Our office plant is called Herbert.");
        await WriteAsync("ignored.log", "refund refund refund");
        var config = _folder.Write("agents.yaml", """
            retrieval:
              - { name: handbook, path: docs, k: 2, refresh: 0s, description: The shop's handbook. }
            models:
              script:
                provider: scripted
                script:
                  - { after_tool: search_handbook, say: "{result}" }
                  - { when: "^(?<query>.*) top (?<k>\\d+)$", call: [{ tool: search_handbook, arguments: { query: "{query}", k: 1 } }] }
                  - { call: [{ tool: search_handbook, arguments: { query: "{input}" } }] }
            agents:
              - { name: librarian, model: script, prompt: Search., tools: [search_handbook] }
            """);
        _app = await AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), config);
    }

    public async Task DisposeAsync()
    {
        await App.DisposeAsync();
        _folder.Dispose();
    }

    internal Task WriteAsync(string path, string text) => File.WriteAllTextAsync(Path.Combine(Documents, path), text);

    internal async Task<JsonObject> RunAsync(string input)
    {
        using var response = await App.Http.PostAsJsonAsync("/api/v1/agents/librarian/run", new { input });
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    internal async Task<JsonArray> FindAsync(string input) =>
        JsonNode.Parse((string)(await RunAsync(input))["content"]!)!["documents"]!.AsArray();
}

public sealed class RetrievalTests(LibraryApp library) : IClassFixture<LibraryApp>
{
    [Fact]
    public async Task R_TR_7_a_search_has_a_span_with_query_store_k_and_the_documents_with_ids_and_scores()
    {
        var run = await library.RunAsync("refund for damaged goods");

        var trace = (await library.App.Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{run["run_id"]}/trace"))!;
        var tool = trace["tree"]![0]!["children"]!.AsArray().Single(c => (string?)c!["name"] == "execute_tool search_handbook")!;
        var span = Assert.Single(tool["children"]!.AsArray())!;
        var attributes = span["attributes"]!;
        Assert.Equal("retrieval handbook", (string?)span["name"]);
        Assert.Equal("RETRIEVER", (string?)attributes["openinference.span.kind"]);
        Assert.Equal("handbook", (string?)attributes["gen_ai.data_source.id"]);
        Assert.Equal("refund for damaged goods", (string?)attributes["gen_ai.retrieval.query.text"]);
        Assert.Equal(2, (int)attributes["gen_ai.request.top_k"]!);
        var documents = DocumentsOf(attributes);
        Assert.Equal((int)attributes["agentfunctions.retrieval.document_count"]!, documents.Count);
        Assert.All(documents, document => Assert.StartsWith("policies/refunds.md#", (string?)document!["id"]));
        var scores = documents.Select(document => (double)document!["score"]!).ToList();
        Assert.Equal(scores.OrderDescending(), scores);
        Assert.Equal(scores[0], (double)attributes["agentfunctions.retrieval.top_score"]!);
    }

    [Fact]
    public async Task The_part_that_fits_best_comes_first_with_its_files_title_and_path()
    {
        var best = (await library.FindAsync("damaged"))[0]!;

        Assert.Equal("Refunds", (string?)best["title"]);
        Assert.Equal("policies/refunds.md", (string?)best["path"]);
        Assert.Contains("refunded at once", (string?)best["text"]);
        Assert.True((double)best["score"]! > 0);
    }

    [Fact]
    public async Task Html_is_searched_by_what_a_reader_sees()
    {
        var found = Assert.Single(await library.FindAsync("parcels warehouse"))!;

        Assert.Equal("Shipping & delivery", (string?)found["title"]);
        Assert.DoesNotContain("<b>", (string?)found["text"]);
        Assert.All(await library.FindAsync("refund"), document => Assert.NotEqual("shipping.html", (string?)document!["path"]));
    }

    [Fact]
    public async Task The_model_may_ask_for_fewer_documents()
    {
        Assert.Single(await library.FindAsync("refund top 1"));
    }

    [Theory]
    [InlineData("\"")]
    [InlineData("NEAR( OR * AND")]
    [InlineData("text:refund -- '); DROP TABLE part")]
    public async Task A_query_in_the_index_s_own_language_is_only_words(string query)
    {
        var run = await library.RunAsync(query);

        Assert.Equal("completed", (string?)run["status"]);
        Assert.DoesNotContain("error", (string?)run["content"]);
        Assert.NotEmpty(await library.FindAsync("refund"));
    }

    [Fact]
    public async Task New_changed_and_deleted_files_are_noticed()
    {
        await library.WriteAsync("menu.md", "# Menu\n\nThe canteen serves lasagne.");
        Assert.Single(await library.FindAsync("lasagne"));

        await library.WriteAsync("menu.md", "# Menu\n\nThe canteen serves couscous.");
        Assert.Empty(await library.FindAsync("lasagne"));
        Assert.Single(await library.FindAsync("couscous"));

        File.Delete(Path.Combine(library.Documents, "menu.md"));
        Assert.Empty(await library.FindAsync("couscous"));
    }

    private static JsonArray DocumentsOf(JsonNode attributes) => attributes["gen_ai.retrieval.documents"] switch
    {
        JsonArray list => list,
        { } text => JsonNode.Parse((string)text!)!.AsArray(),
        null => [],
    };
}
