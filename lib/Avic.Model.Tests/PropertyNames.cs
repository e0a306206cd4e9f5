using System.Reflection;

namespace Avic.Model.Tests;

/// <summary>Properties as they are called by name, in tokens, on the command line and in mails.</summary>
public class PropertyNames
{
    [Fact]
    public void Every_property_that_the_library_has_can_be_called_by_its_name() =>
        Assert.Equal(typeof(Property).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.FieldType == typeof(Property))
            .Select(field => ((Property)field.GetValue(null)!).Name).Order(), Property.Known.Select(property => property.Name).Order());
}
