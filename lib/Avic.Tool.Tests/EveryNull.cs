using System.Collections;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using Avic.Model;
using Avic.Notebook;

namespace Avic.Tool.Tests;

/// <summary>What a cell can call, called with null for every argument that may not be null, each in turn: the error names the argument or teaches.</summary>
public sealed class EveryNull
{
    private static readonly Assembly[] Ours = [typeof(Scenario).Assembly, typeof(Picture).Assembly];
    private static readonly NullabilityInfoContext Nullability = new();
    private static readonly Dictionary<Type, object> Samples = Found();

    [Fact]
    public void Is_named_or_told()
    {
        List<string> bad = [];
        var calls = 0;
        foreach (var member in Members())
            foreach (var parameter in member.GetParameters().Where(IsNeeded))
                if (Call(member, parameter) is { } said)
                {
                    calls++;
                    if (said != "") bad.Add($"{member.DeclaringType!.Name}.{member.Name}({parameter.Name}): {said}");
                }
        Assert.True(bad.Count == 0, string.Join('\n', bad));
        Assert.True(calls > 150, $"only {calls} calls could be made");
    }

    private static IEnumerable<MethodBase> Members() =>
        from type in Ours.SelectMany(assembly => assembly.GetExportedTypes())
        where !type.IsEnum && !type.IsAssignableTo(typeof(Delegate)) && !type.IsAssignableTo(typeof(Exception)) && !type.IsAssignableTo(typeof(Attribute)) && Closed(type) is not null
        from member in Closed(type)!.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        where member.DeclaringType != typeof(Schedule) || member.IsStatic   // its other words are what a run calls
        where !member.IsSpecialName && member.GetCustomAttribute<CompilerGeneratedAttribute>() is null && Closed(member) is not null
        select Closed(member)!;

    // The state of the toy for what takes a state, a number for the rest.
    private static Type? Closed(Type type) => !type.ContainsGenericParameters ? type : Samples.Keys.FirstOrDefault(known => known.IsGenericType && known.GetGenericTypeDefinition() == type);

    private static MethodInfo? Closed(MethodInfo method)
    {
        if (!method.ContainsGenericParameters) return method;
        foreach (var argument in new[] { typeof(Doorbell.State), typeof(double) })
            try
            {
                return method.MakeGenericMethod([.. method.GetGenericArguments().Select(_ => argument)]);
            }
            catch (ArgumentException)
            {
            }
        return null;
    }

    private static bool IsNeeded(ParameterInfo parameter) =>
        !parameter.ParameterType.IsValueType && !parameter.ParameterType.IsByRef && !parameter.ParameterType.IsPointer && Nullability.Create(parameter).WriteState == NullabilityState.NotNull;

    // Null if no call could be made, empty if all is well.
    private static string? Call(MethodBase member, ParameterInfo without)
    {
        var owner = member.IsStatic ? null : Sample(member.DeclaringType!);
        if (!member.IsStatic && owner is null) return null;
        var arguments = new object?[member.GetParameters().Length];
        foreach (var parameter in member.GetParameters().Where(parameter => parameter != without))
            if (parameter.HasDefaultValue) arguments[parameter.Position] = parameter.DefaultValue is null && parameter.ParameterType.IsValueType ? Default(parameter.ParameterType) : parameter.DefaultValue;
            else if ((arguments[parameter.Position] = Sample(parameter.ParameterType)) is null) return null;
        try
        {
            if (member.Invoke(owner, arguments) is IEnumerable all and not string) foreach (var _ in all) break;
            return "no error";
        }
        catch (TargetInvocationException thrown)
        {
            return thrown.InnerException switch
            {
                ArgumentNullException named when named.ParamName == without.Name => "",
                ModelException => "",
                var other => $"{other!.GetType().Name}: {other.Message.Split('\n')[0]} {other.StackTrace!.Split('\n')[0].Trim()}",
            };
        }
        catch (Exception e) when (e is NotSupportedException or ArgumentException or InvalidOperationException)
        {
            return null;   // what reflection cannot call
        }
    }

    private static object? Default(Type type) => Nullable.GetUnderlyingType(type) is null ? Activator.CreateInstance(type) : null;

    private static object? Sample(Type type)
    {
        if (Samples.TryGetValue(type, out var known)) return known;
        if (type == typeof(string)) return "x";
        if (type == typeof(Step)) return (Step)(x => x.Next);
        if (type == typeof(When)) return (When)(x => true);
        if (type.IsByRef || type.IsByRefLike || type.IsPointer || type.ContainsGenericParameters) return null;
        if (type.IsValueType) return Activator.CreateInstance(type);
        if (type.IsArray) return Filled(type.GetElementType()!);
        if (type.IsGenericType && type.IsInterface && type.IsAssignableFrom(type.GenericTypeArguments[0].MakeArrayType())) return Filled(type.GenericTypeArguments[0]);
        if (type.IsAssignableTo(typeof(Delegate)))
        {
            var invoke = type.GetMethod("Invoke")!;
            return invoke.GetParameters().Any(p => p.ParameterType.IsByRef || p.ParameterType.IsByRefLike) ? null
                : Expression.Lambda(type, Expression.Default(invoke.ReturnType), invoke.GetParameters().Select(p => Expression.Parameter(p.ParameterType))).Compile();
        }
        return Samples.FirstOrDefault(pair => type.IsAssignableFrom(pair.Key)).Value;

        static object? Filled(Type element)
        {
            if (element.ContainsGenericParameters || Sample(element) is not { } one) return null;
            var array = Array.CreateInstance(element, 1);
            array.SetValue(one, 0);
            return array;
        }
    }

    // One of each type, met by walking from a few along their properties.
    private static Dictionary<Type, object> Found()
    {
        var race = Scenario.On(Linux.VcpuStatus).Guest(1, g => g.Write(Apic.Tpr, 0x20)).Host(h => h.SetInhibit(Reason.PitReinject));
        var verdict = race.Check(Property.ApicAccessIsNeverLost);
        Dictionary<Type, object> found = [];
        Queue<(object Value, int Depth)> queue = [];
        var row = new Row<Doorbell.State>("a", "a", (ref _, _, _) => Flow.Next);
        var routine = new Routine<Doorbell.State>("run", "doorbell", [row]);
        var code = new Code<Doorbell.State>(routine);
        foreach (var seed in new object[] { row, routine, code, new ModelBuilder<Doorbell.State>("toy", code, default), race, verdict, verdict.Counterexample!, Doorbell.Of(), Doorbell.Trace(), Doorbell.Trace().Lanes(), Figure.Line([1.0, 2]), Schedule.Seed(1) }) queue.Enqueue((seed, 0));
        foreach (var member in Ours.SelectMany(assembly => assembly.GetExportedTypes()).Where(type => !type.ContainsGenericParameters).SelectMany(type => type.GetMembers(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)))
            if (Read(member, null) is { } value) queue.Enqueue((value, 1));
        while (queue.TryDequeue(out var next))
        {
            var type = next.Value.GetType();
            if (Ours.Contains(type.Assembly) && !type.IsEnum && found.TryAdd(type, next.Value))
                foreach (var member in type.GetMembers(BindingFlags.Public | BindingFlags.Instance))
                    if (next.Depth < 6 && Read(member, next.Value) is { } value) queue.Enqueue((value, next.Depth + 1));
            if (next.Value is IEnumerable all and not string)
                foreach (var value in all.Cast<object?>().Take(3))
                    if (value is not null && next.Depth < 6) queue.Enqueue((value, next.Depth + 1));
        }
        return found;
    }

    private static object? Read(MemberInfo member, object? owner)
    {
        try
        {
            return member switch
            {
                PropertyInfo { CanRead: true } property when property.GetIndexParameters().Length == 0 && !property.PropertyType.IsByRefLike && !property.PropertyType.IsByRef && !property.PropertyType.IsPointer => property.GetValue(owner),
                FieldInfo field when !field.FieldType.IsPointer => field.GetValue(owner),
                _ => null,
            };
        }
        catch (TargetInvocationException)
        {
            return null;
        }
    }
}
