namespace Avic.Tool;

/// <summary>Where an installed kernel lies: Jupyter's folder of kernels, and the copies of this tool that they start.</summary>
/// <remarks>Each folder of kernels has copies of its own: what is swept is what no kernel of that folder names.</remarks>
/// <param name="Specs">Jupyter's folder of kernels.</param>
/// <param name="Copies">The folder of copies.</param>
/// <param name="Prefix">Where that Jupyter is installed; null for this user's.</param>
internal sealed record KernelPlace(string Specs, string Copies, string? Prefix)
{
    /// <param name="prefix">Where a Jupyter is installed; null for this user's.</param>
    public static KernelPlace Of(string? prefix) => prefix is null
        ? new(Path.Combine(Platform.JupyterData, "kernels"), Path.Combine(Platform.JupyterData, "avic"), null)
        : new(Path.Combine(Platform.JupyterDataUnder(Path.GetFullPath(prefix)), "kernels"), Path.Combine(Path.GetFullPath(prefix), "share", "avic", "kernel"), prefix);

    /// <summary>How the tool is asked about this place.</summary>
    public string Command(string verb) => $"avic jupyter {verb}{(Prefix is null ? "" : $" --prefix \"{Prefix}\"")}";

    public string Spec(string name) => Path.Combine(Specs, name, "kernel.json");
}
