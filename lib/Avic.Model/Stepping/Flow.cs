namespace Avic.Model;

/// <summary>What a row does with control: go on, jump, call, return, or wait for the world to change.</summary>
/// <remarks>Made by <see cref="Engine"/>; a row returns exactly one. The default value means "next row".</remarks>
public readonly struct Flow
{
    internal enum Kind { Next, Wait, Goto, Call, Return, Resume }

    private readonly int _code;

    private Flow(Kind kind, int operand) => _code = (operand << 3) | (int)kind;

    internal Kind What => (Kind)(_code & 7);
    internal int Operand => _code >> 3;

    /// <summary>The row below; at the last row of a routine, a return with result 0.</summary>
    public static Flow Next => default;

    /// <summary>The row is not enabled: it has changed nothing, and is offered again when the state has changed.</summary>
    public static Flow Wait => new(Kind.Wait, 0);

    internal static Flow Goto(int target) => new(Kind.Goto, target);
    internal static Flow Call(int callee) => new(Kind.Call, callee);
    internal static Flow Return(int value) => new(Kind.Return, value);
    internal static Flow Resume => new(Kind.Resume, 0);
}
