using System.Globalization;

namespace Avic.Model;

/// <summary>What is known of one reason to keep AVIC off, across versions; a line of <c>data/inhibit-reasons.csv</c>.</summary>
/// <param name="Reason">Which.</param>
/// <param name="KernelName">What the kernel calls it, without its prefix.</param>
/// <param name="Scope">Whether the whole VM or one vCPU is inhibited.</param>
/// <param name="SetBy">When it is set.</param>
/// <param name="ClearedBy">When it is cleared.</param>
/// <param name="Sticky">Whether it stays for the VM's life: yes, no, or until which version.</param>
/// <param name="AskedBy">Whose thread changes it.</param>
/// <param name="Svm">Whether SVM heeds it.</param>
/// <param name="Vmx">Whether VMX heeds it.</param>
/// <param name="Note">What else there is to say.</param>
/// <param name="Source">Where it stands in the kernel.</param>
public sealed record InhibitReason(Reason Reason, string KernelName, string Scope, string SetBy, string ClearedBy, string Sticky, string AskedBy, string Svm, string Vmx, string Note, string Source)
{
    private IReadOnlyDictionary<string, byte> _numbers = new Dictionary<string, byte>();

    /// <summary>Every reason of any version.</summary>
    public static IReadOnlyList<InhibitReason> All => field ??= [.. Csv.Named(Data.Text("inhibit-reasons.csv"), "inhibit-reasons.csv").Select(Read)];

    /// <summary>Its bit in the numbering that began with a version (5.6, 5.7, 5.16, 5.18, 5.19, 6.0, 6.3 or 6.17), or null where there is no such reason.</summary>
    public byte? NumberSince(string version) => _numbers.TryGetValue(Given.Value(version), out var number) ? number : null;

    private static InhibitReason Read(IReadOnlyDictionary<string, string> cells) =>
        new(Enum.Parse<Reason>(cells["reason"]), cells["kernel"], cells["scope"], cells["set"], cells["cleared"], cells["sticky"], cells["asked by"],
            cells["svm"], cells["vmx"], cells["note"], cells["source"])
        {
            _numbers = cells.Where(cell => char.IsAsciiDigit(cell.Key[0]) && cell.Value != "").ToDictionary(cell => cell.Key, cell => byte.Parse(cell.Value, CultureInfo.InvariantCulture)),
        };
}
