using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Avic.Tool;

/// <summary>Everything that depends on the operating system: where things lie, and what a child process may use.</summary>
/// <remarks>Tried on Linux only; what is said of macOS and Windows is from their manuals.</remarks>
internal static class Platform
{
    /// <summary>Whether names that differ only by case are different files.</summary>
    public static bool IsCaseSensitive => !OperatingSystem.IsWindows() && !OperatingSystem.IsMacOS();

    public static StringComparer PathComparer => IsCaseSensitive ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    /// <summary>The `dotnet` of the very installation that runs this process, whatever the PATH says.</summary>
    public static string Dotnet
    {
        get
        {
            // …/dotnet/shared/Microsoft.NETCore.App/10.0.0/
            var root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
            var program = Path.Combine(root, Executable("dotnet"));
            return File.Exists(program) ? program : "dotnet";
        }
    }

    /// <summary>A program's file name.</summary>
    public static string Executable(string program) => OperatingSystem.IsWindows() ? program + ".exe" : program;

    /// <summary>A program on the PATH, or null.</summary>
    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => Endings.Select(ending => Path.Combine(folder, program + ending)))
            .FirstOrDefault(IsExecutable);

    /// <summary>Where this user's Jupyter looks for kernels (in its folder "kernels"); need not exist yet.</summary>
    public static string JupyterData =>
        Set("JUPYTER_DATA_DIR")
        ?? (OperatingSystem.IsWindows() ? Path.Combine(Folder(Environment.SpecialFolder.ApplicationData), "jupyter")
            : OperatingSystem.IsMacOS() ? Path.Combine(Folder(Environment.SpecialFolder.UserProfile), "Library", "Jupyter")
            : Path.Combine(Set("XDG_DATA_HOME") ?? Path.Combine(Folder(Environment.SpecialFolder.UserProfile), ".local", "share"), "jupyter"));

    /// <summary>Where a Jupyter installed under a prefix looks for kernels.</summary>
    public static string JupyterDataUnder(string prefix) => Path.Combine(prefix, "share", "jupyter");

    /// <summary>A new folder that only this user can enter; whoever asks deletes it.</summary>
    public static string NewTemporaryFolder() => Directory.CreateTempSubdirectory("avic-").FullName;

    /// <summary>Whether reading would wait for somebody to write; a folder of notebooks may hold such a thing, too.</summary>
    public static bool IsPipe(string path)
    {
        if (OperatingSystem.IsWindows())
            return false;
        using var handle = new SafeFileHandle(Open(path, OperatingSystem.IsLinux() ? 0x80800 : 0x1000004), ownsHandle: true);   // O_RDONLY | O_NONBLOCK | O_CLOEXEC
        if (handle.IsInvalid || Directory.Exists(path))
            return false;
        using var file = new FileStream(handle, FileAccess.Read, bufferSize: 0);
        return !file.CanSeek;
    }

    /// <summary>Gives a file the permissions of another.</summary>
    public static void CopyMode(string from, string to)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(to, File.GetUnixFileMode(from));
    }

    /// <summary>
    /// Lets a .NET program, before it starts, have no more than so much memory and processor time. It is no sandbox.
    /// </summary>
    /// <returns>What this system cannot limit, as words for the user; null if everything holds.</returns>
    public static string? Limit(ProcessStartInfo start, long bytes, TimeSpan cpu)
    {
        // The runtime takes its numbers in hexadecimal; beyond it, it throws OutOfMemoryException.
        start.Environment["DOTNET_GCHeapHardLimit"] = bytes.ToString("x", CultureInfo.InvariantCulture);
        if (OperatingSystem.IsWindows())
            return "processor time and memory outside the .NET heap";
        // The shell limits itself and becomes the program, under the same process id. Data, not address space: the runtime
        // reserves hundreds of gigabytes that it never touches. Half as much again is for its code, threads and compiler.
        var data = OperatingSystem.IsLinux() ? $"ulimit -d {(bytes + bytes / 2 + (128 << 20)) >> 10} && " : "";
        string[] words = ["-c", $"{data}ulimit -t {Math.Max(1, (long)Math.Ceiling(cpu.TotalSeconds))} && exec \"$@\"", "sh", start.FileName, .. start.ArgumentList];
        start.FileName = "/bin/sh";
        start.ArgumentList.Clear();
        foreach (var word in words)
            start.ArgumentList.Add(word);
        return OperatingSystem.IsLinux() ? null : "memory outside the .NET heap";
    }

    /// <summary>The processes that have this variable with this value, which a process hands on to those it starts; and what they hold in memory.</summary>
    /// <remarks>Linux only: elsewhere nothing is found, and what a child leaves behind stays.</remarks>
    public static IReadOnlyList<(int Id, long Bytes)> ProcessesWith(string variable, string value)
    {
        List<(int, long)> found = [];
        if (!OperatingSystem.IsLinux())
            return found;
        var wanted = Encoding.UTF8.GetBytes($"{variable}={value}\0");
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id != Environment.ProcessId)
                try
                {
                    if (File.ReadAllBytes($"{folder}/environ").AsSpan().IndexOf(wanted) < 0)
                        continue;
                    var pages = File.ReadAllText($"{folder}/statm").Split(' ');
                    found.Add((id, long.Parse(pages[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize));
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or IndexOutOfRangeException or FormatException)
                {
                    // it ended meanwhile, or is somebody else's
                }
        return found;
    }

    private static string[] Endings => OperatingSystem.IsWindows() ? [".exe", ".cmd", ".bat"] : [""];

    private static bool IsExecutable(string path) =>
        File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);

    private static string Folder(Environment.SpecialFolder folder) => Environment.GetFolderPath(folder, Environment.SpecialFolderOption.DoNotVerify);

    private static string? Set(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    [DllImport("libc", EntryPoint = "open")]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}
