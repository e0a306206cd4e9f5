using System.CommandLine;

namespace Avic.Tool;

/// <summary><c>avic release</c>: what students get of a teacher's notebook.</summary>
internal static class ReleaseVerb
{
    private const string About = """
        Makes student copies of notebooks with exercises: solutions, hidden tests, outputs and execution counts are taken out, all else stays.
        If one of the notebooks has a fault (a marker without its partner, a graded cell without grade_id or points, a grade_id twice),
        it is named with file, line and cell, and nothing is written.

        Example:
          avic release notebooks/exercises/source --out handout                   student copies
          avic release notebooks/exercises/source --out handout --zip week1.zip   and one file with all that a student needs
          avic release notebooks/exercises/source --out handout --check           are the copies what the sources give today?

        Cells carry nbgrader's metadata, schema version 3, which nbgrader, Jupyter extensions or any editor can write:
          "nbgrader": {"schema_version": 3, "grade_id": "q1", "solution": true, "grade": false, "locked": false, "task": false}   a student writes it
          "nbgrader": {"schema_version": 3, "grade_id": "t1", "solution": false, "grade": true, "locked": true, "task": false, "points": 2}   a test
        grade and solution, or task: graded by hand. locked alone: to be left as it is.

        Lines that hold these words begin and end what students do not get:
          // BEGIN SOLUTION      // END SOLUTION       becomes "// Your code here" and "throw new NotImplementedException();"
          // BEGIN HIDDEN TESTS  // END HIDDEN TESTS   goes; avic grade --source puts it back
          BEGIN MARK SCHEME      END MARK SCHEME       goes, in a cell that is graded by hand
        A solution cell without them is a solution from its first line to its last.

        The same notebooks are meant for nbgrader, too, with the lines of notebooks/exercises/nbgrader_config.py in its configuration:
          c.ClearSolutions.code_stub = {"csharp": "// Your code here\nthrow new NotImplementedException();", "C#": "// Your code here\nthrow new NotImplementedException();"}
          c.ClearSolutions.text_stub = "Your answer here."

        Exit code: 0 all well, 1 --check found a copy missing or out of date, 2 a notebook or an option is wrong.
        """;

    public static Command Create()
    {
        Argument<string[]> sources = new("SOURCE") { Description = "The teacher's notebooks (.ipynb), folders of them, or names with wildcards.", Arity = ArgumentArity.OneOrMore };
        Option<string> to = new("--out") { Description = "The folder for the student copies; nothing outside it is written but --zip.", HelpName = "DIR", Required = true };
        Option<string?> zip = new("--zip") { Description = "Also write a hand-out: the copies, the libraries in bin/, and a README.", HelpName = "FILE" };
        Option<bool> check = new("--check") { Description = "Write nothing; say whether the copies are current." };
        foreach (Option option in new Option[] { to, zip })
            option.Validators.Add(result =>
            {
                if (result.Tokens is [{ Value: var text }] && string.IsNullOrWhiteSpace(text))
                    result.AddError($"{option.Name}: names no {(option == to ? "folder" : "file")}.");
            });
        var command = new Command("release", About) { sources, to, zip, check };
        command.SetAction(parsed => new Release(
            new ReleaseSettings(parsed.GetValue(to)!, parsed.GetValue(zip), parsed.GetValue(check)),
            parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error).All(parsed.GetValue(sources)!));
        return command;
    }
}
