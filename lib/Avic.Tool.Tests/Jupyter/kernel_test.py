"""Jupyter's own test of a kernel, with C# in the cells. The xunit test beside it installs the kernel and runs this."""

import os
import unittest

import jupyter_kernel_test


class AvicKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = os.environ.get("AVIC_KERNEL", "avic")
    language_name = "C#"
    file_extension = ".cs"

    code_hello_world = 'Console.WriteLine("hello, world");'
    code_stderr = 'Console.Error.WriteLine("oops");'
    code_generate_error = 'throw new Exception("no");'
    code_inspect_sample = "Console"
    # No page of our own makes a pager or clears an output, so code_page_something and code_clear_output stay empty.

    completion_samples = [
        {"text": "Console.WriteL", "matches": {"WriteLine"}},
        {"text": "Enumerable.Empt", "matches": {"Empty"}},
    ]
    complete_code_samples = ["1", "var x = 1;", "int Twice(int x) => 2 * x;", "foreach (var i in new[] { 1 }) Console.Write(i);"]
    incomplete_code_samples = ["if (true) {", "Console.WriteLine(", "int Twice(int x) {"]
    invalid_code_samples = ["}", "var 1 = );"]

    code_execute_result = [
        {"code": "6*7", "result": "42"},
        {"code": "\"é\" + 1", "result": "é1"},
        {"code": "6*(3+4)", "result": "42"},
    ]
    code_display_data = [
        {"code": "display(1);", "mime": "text/plain"},
        {"code": "2.Display();", "mime": "text/plain"},
    ]
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "6*7"


if __name__ == "__main__":
    unittest.main()
