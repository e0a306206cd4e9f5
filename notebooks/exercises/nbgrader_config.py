# For nbgrader's configuration: C# stubs for the exercises of this kit, the ones that `avic release` writes.
c = get_config()

stub = "// Your code here\nthrow new NotImplementedException();"
# By the notebook's language, which .NET Interactive calls "C#" and others "csharp".
c.ClearSolutions.code_stub = {"csharp": stub, "C#": stub}
c.ClearSolutions.text_stub = "Your answer here."
