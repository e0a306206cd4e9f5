using System.Globalization;

namespace Avic.Model;

/// <summary>A reason why the core leaves the guest, as far as AVIC goes.</summary>
/// <param name="Code">EXITCODE.</param>
/// <param name="Name">In data/avic-exits.csv; for those that the model has, the name in <see cref="Exit"/>.</param>
/// <param name="Id">For an IPI that was not completed, EXITINFO2 bits 63:32.</param>
/// <param name="IsTrap">True if the instruction has retired; false if it is still to be done.</param>
/// <param name="Info1">What EXITINFO1 holds.</param>
/// <param name="Info2">What EXITINFO2 holds.</param>
/// <param name="Meaning">In words.</param>
/// <remarks>AMD64 APM vol. 2, 15.29 and appendix C.</remarks>
public sealed record ExitCode(uint Code, string Name, int? Id, bool IsTrap, string Info1, string Info2, string Meaning)
{
    private static readonly Lazy<IReadOnlyList<ExitCode>> Table = new(() =>
    [
        .. Csv.Rows(Data.Text("avic-exits.csv"), "avic-exits.csv").Select(cell =>
            new ExitCode(uint.Parse(cell[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture), cell[1],
                cell[2] == "none" ? null : int.Parse(cell[2], CultureInfo.InvariantCulture), cell[3] == "trap", cell[4], cell[5], cell[6])),
    ]);

    /// <summary>Every one in data/avic-exits.csv; the model takes those that <see cref="Exit"/> names.</summary>
    public static IReadOnlyList<ExitCode> All => Table.Value;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Code:x}h {Name}{(Id is null ? IsTrap ? ", trap" : "" : $", id {Id}")}");
}
