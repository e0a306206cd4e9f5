using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Avic.Model;

/// <summary>The name of a field in the terms of the source it models; without it the name is the C# name in snake_case.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class TermAttribute(string name) : Attribute
{
    /// <summary>The name. Empty: the fields inside are named as if they stood one level up.</summary>
    public string Name => name;
}

/// <summary>An inline array with one element for each vCPU, core, …; how many are in use is a parameter of the model.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class EachAttribute(string name) : Attribute
{
    /// <summary>What an element is called: element 1 of "vcpu" has fields "vcpu1.mode".</summary>
    public string Name => name;
}

/// <summary>A field that only its own instance's thread and units read and write; every other field is shared.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class PrivateAttribute : Attribute;

/// <summary>A field, or the fields inside it, whose bits mean something each: shown in hexadecimal.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class HexadecimalAttribute : Attribute;

/// <summary>One named scalar of the state.</summary>
/// <param name="Name">In the terms of the source: <c>apicv_inhibit_reasons</c>, <c>vcpu1.apicv_active</c>.</param>
/// <param name="Offset">Bytes from the start of the state.</param>
/// <param name="Size">1, 2, 4 or 8 bytes.</param>
/// <param name="Type">An integer, a bool, or an enum, whose names are shown.</param>
/// <param name="Component">Number of the component it belongs to.</param>
/// <param name="Shared">False if only its own instance's thread uses it.</param>
public sealed record Field(string Name, int Offset, int Size, Type Type, int Component, bool Shared)
{
    /// <summary>True if its bits mean something each, so that it is shown in hexadecimal.</summary>
    public bool IsHexadecimal { get; init; }

    /// <summary>What others leave there for its instance to take; null if nothing.</summary>
    public Signal? Signal { get; init; }

    internal long Read(ReadOnlySpan<byte> state)
    {
        var at = state[Offset..];
        var signed = Type.IsEnum ? Enum.GetUnderlyingType(Type) : Type;
        return Size switch
        {
            1 => signed == typeof(sbyte) ? (sbyte)at[0] : at[0],
            2 => signed == typeof(short) ? BitConverter.ToInt16(at) : BitConverter.ToUInt16(at),
            4 => signed == typeof(int) ? BitConverter.ToInt32(at) : BitConverter.ToUInt32(at),
            _ => BitConverter.ToInt64(at),
        };
    }

    internal string Show(ReadOnlySpan<byte> state)
    {
        var value = Read(state);
        if (Type.IsEnum) return Enum.ToObject(Type, value).ToString()!;
        if (IsHexadecimal) return "0x" + value.ToString("x", System.Globalization.CultureInfo.InvariantCulture);
        return Type == typeof(ulong) ? ((ulong)value).ToString(System.Globalization.CultureInfo.InvariantCulture) : value.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}

/// <summary>A run of bytes that is stored once for each value it takes.</summary>
/// <param name="Name">What it holds: <c>vm</c>, <c>vcpu1</c>, <c>stack of vcpu1</c>.</param>
/// <param name="Offset">Bytes from the start of the state.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Instance">Number of the vCPU, core, … it belongs to, or -1.</param>
public sealed record Component(string Name, int Offset, int Size, int Instance)
{
    /// <summary>True for a thread's stack.</summary>
    public bool IsStack { get; init; }
}

/// <summary>Names, offsets and components of an unmanaged state type, read once by reflection when a model is built.</summary>
public sealed class Layout
{
    private readonly List<Field> _fields = [];
    private readonly List<Component> _components = [];
    private readonly IReadOnlyDictionary<string, int> _counts;

    /// <summary>Reads the layout of a type.</summary>
    /// <param name="type">An unmanaged struct of integers, bools, enums, inline arrays and structs of these, without padding.</param>
    /// <param name="counts">How many elements of each <see cref="EachAttribute"/> array are in use, by name.</param>
    /// <exception cref="ModelException">Padding, a pointer, a float, or a count that does not fit.</exception>
    public Layout(Type type, IReadOnlyDictionary<string, int> counts)
    {
        _counts = counts;
        Size = SizeOf(type);
        Refuse(type);
        var loose = -1;
        foreach (var member in MembersOf(type))
        {
            var (field, offset, name) = (member.Field, member.Offset, member.Term);
            if (member.Each is { } each)
            {
                var (element, capacity) = ArrayOf(field.FieldType)
                    ?? throw new ModelException($"{type.Name}.{field.Name} has [Each] but is no inline array.");
                if (!counts.TryGetValue(each.Name, out var count) || count < 0 || count > capacity)
                    throw new ModelException($"The model needs a number of '{each.Name}' from 0 to {capacity}, as {type.Name}.{field.Name} holds them.");
                for (var i = 0; i < count; i++)
                {
                    var at = offset + i * SizeOf(element);
                    _components.Add(new($"{name}{i}", at, SizeOf(element), i));
                    Walk(element, at, $"{each.Name}{i}", shared: true, _components.Count - 1, member.Said);
                }
            }
            else if (IsScalar(field.FieldType) || ArrayOf(field.FieldType) is not null)
            {
                // Scalars that stand together make one component.
                var size = SizeOf(field.FieldType);
                if (loose >= 0 && _components[loose].Offset + _components[loose].Size == offset)
                    _components[loose] = _components[loose] with { Size = _components[loose].Size + size };
                else
                    _components.Add(new(name, offset, size, -1));
                loose = _components.Count - 1;
                Walk(field.FieldType, offset, name, !member.IsPrivate, loose, member.Said);
            }
            else
            {
                _components.Add(new(field.Name.ToLowerInvariant(), offset, SizeOf(field.FieldType), -1));
                Walk(field.FieldType, offset, name, shared: true, _components.Count - 1, member.Said);
            }
        }
    }

    /// <summary>Every named scalar in use.</summary>
    public IReadOnlyList<Field> Fields => _fields;

    /// <summary>The runs of bytes that are stored once for each value they take.</summary>
    public IReadOnlyList<Component> Components => _components;

    /// <summary>Bytes of the whole type, unused elements included.</summary>
    public int Size { get; }

    /// <summary>A field by name.</summary>
    /// <exception cref="ModelException">There is none; the message names the nearest.</exception>
    public Field this[string name] => _fields.Find(field => field.Name == name)
        ?? throw new ModelException($"The state has no field '{name}'. {Nearest.To(name, _fields.Select(f => f.Name))}");

    internal void Add(Component component, Type? type, string prefix, bool shared)
    {
        _components.Add(component);
        if (type is null) return;
        Refuse(type);
        Walk(type, component.Offset, prefix, shared, _components.Count - 1);
    }

    /// <summary>What a field's attributes say of all the fields inside it.</summary>
    private readonly record struct Said(bool IsHexadecimal, Signal? Signal)
    {
        public Said And(Said inner) => new(IsHexadecimal || inner.IsHexadecimal, inner.Signal ?? Signal);
    }

    private void Walk(Type type, int offset, string name, bool shared, int component, Said said = default)
    {
        if (IsScalar(type))
        {
            _fields.Add(new(name, offset, SizeOf(type), type, component, shared) { IsHexadecimal = said.IsHexadecimal, Signal = said.Signal });
        }
        else if (ArrayOf(type) is var (element, length))
        {
            for (var i = 0; i < length; i++) Walk(element, offset + i * SizeOf(element), $"{name}[{i}]", shared, component, said);
        }
        else
        {
            foreach (var member in MembersOf(type))
                Walk(member.Field.FieldType, offset + member.Offset, name == "" ? member.Term : member.Term == "" ? name : $"{name}.{member.Term}",
                    shared && !member.IsPrivate, component, said.And(member.Said));
        }
    }

    private static string TermOf(FieldInfo field)
    {
        if (field.GetCustomAttribute<TermAttribute>() is { } term) return term.Name;
        var snake = new StringBuilder();
        foreach (var c in field.Name)
        {
            if (char.IsUpper(c) && snake.Length > 0 && snake[^1] != '_') snake.Append('_');
            snake.Append(char.ToLowerInvariant(c));
        }
        return snake.ToString();
    }

    /// <summary>A field of a struct, and what its attributes say.</summary>
    private sealed record Member(FieldInfo Field, int Offset, string Term, bool IsPrivate, EachAttribute? Each, Said Said);

    // Reflection is slow, and hundreds of kernels, one for each edit, have the same state.
    private static readonly ConcurrentDictionary<Type, Member[]> Members = [];
    private static readonly ConcurrentDictionary<Type, int> Sizes = [];
    private static readonly ConcurrentDictionary<Type, bool> Accepted = [];

    // Without padding, declaration order gives the offsets; Refuse has checked that there is none.
    private static Member[] MembersOf(Type type) => Members.GetOrAdd(type, static type =>
    {
        List<Member> members = [];
        var offset = 0;
        foreach (var field in Declared(type))
        {
            members.Add(new(field, offset, TermOf(field), field.GetCustomAttribute<PrivateAttribute>() is not null, field.GetCustomAttribute<EachAttribute>(),
                new(field.GetCustomAttribute<HexadecimalAttribute>() is not null, field.GetCustomAttribute<SignalAttribute>()?.Kind)));
            offset += SizeOf(field.FieldType);
        }
        return [.. members];
    });

    private static IEnumerable<FieldInfo> Declared(Type type) =>
        type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).OrderBy(field => field.MetadataToken);

    internal static void Refuse(Type type)
    {
        if (IsScalar(type) || Accepted.ContainsKey(type)) return;
        if (type.IsPointer || type.IsFunctionPointer || type == typeof(nint) || type == typeof(nuint))
            throw new ModelException($"{type.Name}: a pointer has no meaning from one run to the next; store an index instead.");
        if (type.IsPrimitive || type == typeof(decimal))
            throw new ModelException($"{type.Name}: floating point numbers are equal in ways bytes are not; store an integer in a smaller unit.");
        if (!type.IsValueType)
            throw new ModelException($"{type.Name} is a class; a state is one unmanaged struct.");
        if (ArrayOf(type) is var (element, _))
        {
            Refuse(element);
            return;
        }
        if (type.IsExplicitLayout)
            throw new ModelException($"{type.Name} has an explicit layout; fields that overlap have no name of their own.");
        if (type.IsAutoLayout)
            throw new ModelException($"{type.Name} has an automatic layout, which the runtime may reorder; use a struct of your own, not a tuple.");
        var fields = Declared(type).ToList();
        if (fields.Count == 0)
            throw new ModelException($"{type.Name} has no fields; give it at least one, a byte will do.");
        foreach (var field in fields) Refuse(field.FieldType);
        var (sum, size) = (fields.Sum(field => SizeOf(field.FieldType)), SizeOf(type));
        if (sum == size)
        {
            Accepted[type] = true;
            return;
        }
        var order = fields.OrderByDescending(f => Alignment(f.FieldType)).Select(f => $"{f.FieldType.Name} {f.Name};");
        var widest = fields.Max(f => Alignment(f.FieldType));
        var rest = (widest - sum % widest) % widest;
        throw new ModelException(
            $"{type.Name} has {size - sum} bytes of padding, whose content is undefined. Order its fields by size"
            + (rest > 0 ? $" and fill the end with {rest} bytes of your own" : "") + $": struct {type.Name} {{ {string.Join(" ", order)} }}");
    }

    private static int Alignment(Type type) =>
        type.IsEnum ? Alignment(Enum.GetUnderlyingType(type))
        : IsScalar(type) ? SizeOf(type)
        : ArrayOf(type) is var (element, _) ? Alignment(element)
        : Declared(type).Select(field => Alignment(field.FieldType)).DefaultIfEmpty(1).Max();

    private static bool IsScalar(Type type) => type.IsEnum || Type.GetTypeCode(type)
        is TypeCode.Boolean or TypeCode.Char or TypeCode.SByte or TypeCode.Byte or TypeCode.Int16 or TypeCode.UInt16
        or TypeCode.Int32 or TypeCode.UInt32 or TypeCode.Int64 or TypeCode.UInt64;

    private static (Type Element, int Length)? ArrayOf(Type type) =>
        type.GetCustomAttribute<InlineArrayAttribute>() is { } array ? (Declared(type).Single().FieldType, array.Length) : null;

    private static readonly MethodInfo GenericSizeOf = typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!;

    internal static int SizeOf(Type type) => Sizes.GetOrAdd(type, static type => (int)GenericSizeOf.MakeGenericMethod(type).Invoke(null, null)!);
}
