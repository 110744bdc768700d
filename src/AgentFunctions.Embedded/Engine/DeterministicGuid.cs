using System.Security.Cryptography;
using System.Text;

namespace AgentFunctions.Embedded.Engine;

/// <summary>Name-based ids (RFC 4122, version 5): the same name gives the same id in every replay.</summary>
internal static class DeterministicGuid
{
    // The namespace that Durable Task uses, so that an id does not depend on which build made it.
    private static readonly Guid _namespace = Guid.Parse("9e952958-5e33-4daf-827f-2fa12937b875");

    public static Guid Create(string name)
    {
        var source = new byte[16 + Encoding.UTF8.GetByteCount(name)];
        _namespace.TryWriteBytes(source, bigEndian: true, out _);
        Encoding.UTF8.GetBytes(name, source.AsSpan(16));
#pragma warning disable CA5350 // version 5 is defined on SHA-1; the id is no secret
        var hash = SHA1.HashData(source).AsSpan(0, 16);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash, bigEndian: true);
    }
}
