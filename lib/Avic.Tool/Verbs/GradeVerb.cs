using System.CommandLine;
using System.Globalization;

namespace Avic.Tool;

/// <summary><c>avic grade</c>: the points of students' notebooks.</summary>
internal static class GradeVerb
{
    private const string About = """
        Runs students' notebooks and prints the points of each graded cell, of each notebook and in all. The notebooks themselves are not changed.

        Example:
          avic grade alice/week1.ipynb --source notebooks/exercises/source               by the teacher's notebook of the same name
          avic grade 'handed-in/*/week1.ipynb' --source week1.ipynb --junit points.xml
          avic grade week1.ipynb                                                  by its own tests: what students can do themselves

        With --source, test cells and locked cells are the teacher's, hidden tests included, whatever a student's copy has in their place;
        edited and missing ones are named. Everything else is the student's.

        A test brings its points if it ends without an error and writes nothing to stderr. If its last expression is a number
        from 0 to its points, that is what it brings (partial credit); any other number brings nothing, and what is no number changes nothing.
        Printing, displaying or drawing brings nothing. A test should throw when something is wrong.
        What students write (a graded solution, a task) is listed as to be graded by hand. Points are marked as in `avic release --help`.

        Each notebook runs in a process of its own, with limits of time and memory and on Linux at most 64 processes, in a temporary folder that is
        deleted, beside copies of the files that lie beside the source (without --source, beside the notebook). Avic libraries that are not
        there are the tool's. It is no sandbox: cells are programs with your rights. They can read and delete your files, use the network, and
        attack the engine they run in. Grade what you would not run yourself in a container or a virtual machine.

        A cell that ends its process or takes too long loses the variables, so the tests after it bring nothing.

        Exit code: 0 all graded, whatever they brought; 1 a notebook could not be graded; 2 a file or an option is wrong; 130 interrupted.
        """;

    public static Command Create()
    {
        Argument<string[]> notebooks = new("NOTEBOOK") { Description = "Students' notebooks (.ipynb), folders of them, or names with wildcards.", Arity = ArgumentArity.OneOrMore };
        Option<string?> source = new("--source") { Description = "The teacher's notebook, or the folder that has one of the same name.", HelpName = "TEACHER" };
        Option<string?> junit = new("--junit") { Description = "Also write the points as JUnit XML.", HelpName = "FILE" };
        var timeout = Number("--timeout", "The longest one cell may take.", "SECONDS", 60, 1_000_000);
        var memory = Number("--memory", "What the cells of a notebook may allocate.", "MB", 1024, 1_000_000);
        var command = new Command("grade", About) { notebooks, source, junit, timeout, memory };
        command.SetAction((parsed, cancel) => new GradeRun(
            new GradeSettings(parsed.GetValue(source), TimeSpan.FromSeconds(parsed.GetValue(timeout)), (long)(parsed.GetValue(memory) * (1 << 20))),
            parsed.GetValue(junit), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error).All(parsed.GetValue(notebooks)!, cancel));
        return command;
    }

    private static Option<double> Number(string name, string description, string unit, double otherwise, double most)
    {
        Option<double> option = new(name) { Description = description, HelpName = unit, DefaultValueFactory = _ => otherwise };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !(double.TryParse(text, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= most))
                result.AddError($"{name}: '{text}' is no number above 0.");
        });
        return option;
    }
}
