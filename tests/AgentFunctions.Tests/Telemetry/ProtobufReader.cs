using System.Buffers.Binary;
using System.Text;

namespace AgentFunctions.Tests.Telemetry;

/// <summary>Reads protobuf without generated code: just enough to look into an OTLP request by field number.</summary>
internal sealed class ProtobufReader
{
    private readonly List<(int Number, ulong Value, byte[] Bytes)> _fields = [];

    public ProtobufReader(ReadOnlySpan<byte> message)
    {
        while (!message.IsEmpty)
        {
            var tag = Varint(ref message);
            var number = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    _fields.Add((number, Varint(ref message), []));
                    break;
                case 1:
                    _fields.Add((number, BinaryPrimitives.ReadUInt64LittleEndian(message), []));
                    message = message[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref message);
                    _fields.Add((number, 0, message[..length].ToArray()));
                    message = message[length..];
                    break;
                case 5:
                    _fields.Add((number, BinaryPrimitives.ReadUInt32LittleEndian(message), []));
                    message = message[4..];
                    break;
                default:
                    throw new InvalidDataException($"Wire type {tag & 7} is not protobuf 3.");
            }
        }
    }

    public bool Has(int number) => _fields.Any(f => f.Number == number);

    public ulong Number(int number) => _fields.FirstOrDefault(f => f.Number == number).Value;

    public byte[] Bytes(int number) => _fields.First(f => f.Number == number).Bytes;

    public string Text(int number) => Encoding.UTF8.GetString(Bytes(number));

    public IEnumerable<ProtobufReader> Messages(int number) => _fields.Where(f => f.Number == number).Select(f => new ProtobufReader(f.Bytes));

    public ProtobufReader Message(int number) => Messages(number).Single();

    private static ulong Varint(ref ReadOnlySpan<byte> message)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[0];
            message = message[1..];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return value;
        }
    }
}
