using System.Net;
using System.Text;
using System.Text.Json;

namespace Avic.Tool;

/// <summary>What a Jupyter connection file says: where the five sockets are to be bound, and the key that signs messages.</summary>
internal sealed record KernelConnection(IPAddress Address, int Shell, int Iopub, int Stdin, int Control, int Heartbeat, byte[] Key)
{
    /// <exception cref="NotebookException">With the remedy.</exception>
    public static KernelConnection Read(string path)
    {
        try
        {
            using var file = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = file.RootElement;
            Must(root.GetProperty("transport").GetString() == "tcp", "its transport is not tcp: start the kernel with transport=tcp");
            var key = root.GetProperty("key").GetString()!;
            Must(key.Length == 0 || root.GetProperty("signature_scheme").GetString() == "hmac-sha256", "its signature_scheme is not hmac-sha256, Jupyter's default");
            return new(Loopback(root.GetProperty("ip").GetString()!),
                Port("shell_port"), Port("iopub_port"), Port("stdin_port"), Port("control_port"), Port("hb_port"), Encoding.UTF8.GetBytes(key));

            int Port(string name)
            {
                var port = root.GetProperty(name).GetInt32();
                Must(port is > 0 and <= ushort.MaxValue, $"its {name} is no port");
                return port;
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new NotebookException($"{path}: there is no such file; Jupyter writes it and passes it on: avic jupyter install");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NotebookException($"{path}: {e.Message}");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new NotebookException($"{path}: not a Jupyter connection file ({e.Message}); Jupyter writes it and passes it on: avic jupyter install");
        }

        void Must(bool holds, string otherwise)
        {
            if (!holds)
                throw new NotebookException($"{path}: {otherwise}");
        }

        // Whoever reaches these ports and has the key runs code as this user: nobody from outside this machine may.
        IPAddress Loopback(string ip)
        {
            var address = ip == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(ip, out var parsed) ? parsed : null;
            Must(address is not null && IPAddress.IsLoopback(address), $"its ip is {ip}: this kernel listens on 127.0.0.1 or ::1 only; for other machines, tunnel the ports (jupyter --existing --ssh)");
            return address!;
        }
    }
}
