namespace Avic.Model;

public sealed partial class Linux
{
    /// <summary>The kernels that were released, oldest first.</summary>
    public static IReadOnlyList<Linux> History => field ??= [V5_6, V5_7, V5_14, V5_15, V5_16, V5_17, V5_18, V5_19, V6_1, V6_3, V6_8, V6_17, V7_0];

    /// <summary>Every kernel that has a name: history, and what never was a release.</summary>
    public static IReadOnlyList<Linux> Known => field ??= [.. History, VcpuStatus, RetryIfPending, WordBeforeKick, PreemptOff, ScanUnlocked, ListLockIsLeaf, V5_7_Rc, V5_17_Rc];

    /// <summary>The newest kernel.</summary>
    public static Linux Latest => V7_0;

    /// <summary>
    /// A kernel by name, with edits behind it that need no code: <c>V5_15~kvm_zap_gfn_range.-seq</c> lacks a row,
    /// <c>V5_15~__kvm_request_apicv_update.kick&lt;&gt;store</c> has two exchanged.
    /// </summary>
    /// <exception cref="ModelException">There is no such kernel, or an edit was made by code.</exception>
    public static Linux Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var parts = name.Split('~');
        var kernel = Known.FirstOrDefault(known => known.Name == parts[0])
            ?? throw new ModelException($"There is no kernel '{parts[0]}'. {Nearest.To(parts[0], Known.Select(k => k.Name))}");
        return parts.Skip(1).Aggregate(kernel, (edited, edit) => edited.Edited(edit));
    }

    /// <summary>The kernel after an edit that needs no code.</summary>
    /// <param name="edit"><c>function.-label</c> drops a row, <c>function.one&lt;&gt;other</c> exchanges neighbours.</param>
    /// <exception cref="ModelException">The edit names no row, or was made by code.</exception>
    public Linux Edited(string edit)
    {
        ArgumentNullException.ThrowIfNull(edit);
        var dot = edit.LastIndexOf('.');
        if (dot < 0) throw new ModelException($"'{edit}' is no edit: write function.-label, or function.one<>other.");
        var (function, what) = (edit[..dot], edit[(dot + 1)..]);
        var swap = what.Split("<>");
        return what.StartsWith('-') ? Without(function, what[1..])
            : swap.Length == 2 ? Swap(function, swap[0], swap[1])
            : throw new ModelException($"The edit '{edit}' was made by code in a cell: run that cell again, a name cannot bring it back.");
    }
}
