using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Avic.Tool.Tests;

/// <summary>A folder over HTTP, and every path that somebody asked it for.</summary>
internal sealed class FolderServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly string _folder;

    public FolderServer(string folder)
    {
        _folder = folder;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/";
        }
        _listener.Prefixes.Add(Address);
        _listener.Start();
        _ = Task.Run(Serve);
    }

    public string Address { get; }

    public ConcurrentQueue<string> Asked { get; } = new();

    public void Dispose() => _listener.Close();

    private async Task Serve()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;   // closed
            }
            var path = Uri.UnescapeDataString(context.Request.Url!.AbsolutePath);
            Asked.Enqueue(path);
            var file = Path.Combine(_folder, path.TrimStart('/'));
            context.Response.StatusCode = File.Exists(file) ? 200 : 404;
            context.Response.ContentType = Path.GetExtension(file) switch
            {
                ".html" => "text/html",
                ".css" => "text/css",
                ".js" => "text/javascript",
                ".svg" => "image/svg+xml",
                _ => "application/octet-stream",
            };
            if (File.Exists(file))
                context.Response.OutputStream.Write(File.ReadAllBytes(file));
            context.Response.Close();
        }
    }
}
