using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Avic.Tool.Tests;

/// <summary>A workplace in which Jupyter's own programs run.</summary>
public abstract class JupyterPlace : IDisposable
{
    private protected readonly Workplace _place = new();

    public void Dispose()
    {
        _place.Dispose();
        GC.SuppressFinalize(this);
    }

    // Jupyter's folders are all in the workplace: nothing of the user's is read or changed.
    private protected Process Start(string program, string folder, params string[] words) => Process.Start(new ProcessStartInfo(program, words)
    {
        WorkingDirectory = folder,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        Environment =
        {
            ["JUPYTER_PATH"] = _place.Path("share/jupyter"),
            ["JUPYTER_DATA_DIR"] = _place.Path("data"),
            ["JUPYTER_CONFIG_DIR"] = _place.Path("config"),
            ["JUPYTER_RUNTIME_DIR"] = _place.Path("runtime"),
            ["IPYTHONDIR"] = _place.Path("ipython"),
        },
    })!;

    private protected async Task<(int Exit, string Said)> Run(string program, string folder, params string[] words)
    {
        using var process = Start(program, folder, words);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + error);
    }

    private protected static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
