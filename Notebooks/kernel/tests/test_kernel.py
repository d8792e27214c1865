"""The kernel, as a front end sees it."""

import os
import re
import unittest
from types import SimpleNamespace
from unittest import mock

import psutil

from .session import Session, WatchedTestCase
from tapestry_kernel.diagnostics import Diagnostic
from tapestry_kernel.habits import explained
from tapestry_kernel.kernel import CellError, SwiftKernel


class KernelTestCase(WatchedTestCase):
    """Tests that share a kernel: each uses names of its own."""

    @classmethod
    def setUpClass(cls):
        cls.session = Session()

    @classmethod
    def tearDownClass(cls):
        cls.session.close()

    def run_cell(self, code, **metadata):
        """Runs a cell that has to succeed."""
        result = self.session.run(code, **metadata)
        self.assertIsNone(result.error, result.error)
        return result


def _session_of(pid):
    """The session of a process that is not a corpse; None if it is gone."""
    try:
        return os.getsid(pid) if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE else None
    except (ProcessLookupError, psutil.NoSuchProcess):
        return None


class StateTests(KernelTestCase):
    def test_later_cells_see_and_change_variables(self):
        self.run_cell("var counter = 40\nlet step = 2")
        self.run_cell("counter += step")
        self.assertEqual(self.run_cell("counter").value, "42")

    def test_functions_types_and_extensions_persist(self):
        self.run_cell("struct Point { var x, y: Double }")
        self.run_cell("extension Point { var norm: Double { (x * x + y * y).squareRoot() } }")
        self.run_cell("func length(_ point: Point) -> Double { point.norm }")
        self.assertEqual(self.run_cell("length(Point(x: 3, y: 4))").value, "5.0")

    def test_imports_persist(self):
        self.run_cell("import Foundation")
        self.assertEqual(self.run_cell('String(format: "%.2f", 1.0)').value, "1.00")

    def test_generic_cells_and_gradients(self):
        self.run_cell("struct Twice<Scalar: DifferentiableScalar>: Module { var weight: Tensor<Scalar> }")
        self.run_cell("let twice = Twice<Double>(weight: Tensor([3]))")
        self.assertEqual(
            self.run_cell("gradient(at: twice) { square($0.weight).sum() }.weight.scalars").value, "[6.0]"
        )

    def test_a_name_is_replaced_by_its_newest_declaration(self):
        for value, text in [("1", "1"), ('"text"', "text"), ("[2.5]", "[2.5]")]:
            self.run_cell(f"let replaced = {value}")
            self.assertEqual(self.run_cell("replaced").value, text)
        for number in (1, 2):
            self.run_cell(f"func chosen() -> Int {{ {number} }}\nstruct Chosen {{ var number = {number} }}")
            self.assertEqual(self.run_cell("chosen() * 10 + Chosen().number").value, str(number * 11))

    def test_what_is_not_replaced_of_a_cell_stays(self):
        self.run_cell("let half = 1\nlet other = 10\nfunc old() -> Int { half }\nstruct Kind { var number = 1 }")
        self.run_cell("let half = 2.5\nstruct Kind { var number = 2 }")
        self.assertEqual(self.run_cell("(half, other, old(), Kind().number)").value, "(2.5, 10, 1, 2)")

    def test_overloads_of_two_cells_are_both_there(self):
        self.run_cell("func show(number: Int) -> String { \"number\" }")
        self.run_cell("func show(text: String) -> String { \"text\" }")
        self.assertEqual(self.run_cell('show(number: 1) + show(text: "")').value, "numbertext")

    def test_a_cell_that_is_run_again_replaces_its_extensions(self):
        self.run_cell("struct Extended {}")
        for number in (1, 2):
            self.run_cell(f"extension Extended {{ var number: Int {{ {number} }} }}", cellId="again")
            self.assertEqual(self.run_cell("Extended().number").value, str(number))

    def test_declarations_under_conditions(self):
        self.run_cell("#if swift(>=5)\nlet conditional = 5\n#endif")
        self.assertEqual(self.run_cell("conditional").value, "5")

    def test_private_declarations_stay_in_their_cell(self):
        self.run_cell("private let hidden = 1\nlet shown = hidden + 1")
        self.run_cell("private let hidden = 2")
        self.assertEqual(self.run_cell("shown").value, "2")

    def test_a_hundred_cells(self):
        self.run_cell("var sum = 0")
        for number in range(100):
            self.run_cell(f"let term{number} = {number}\nsum += term{number}")
        self.assertEqual(self.run_cell("sum + term0 + term99").value, "5049")


class ErrorTests(KernelTestCase):
    def test_a_compile_error_says_where(self):
        result = self.session.run("let fine = 1\nlet wrong = fine + missing\n")
        self.assertEqual(result.error_name, "Compile error")
        self.assertRegex(result.error, r"cell \d+, line 2, column 20: error: cannot find 'missing' in scope")
        self.assertIn("let wrong = fine + missing\n", result.error)

    def test_the_column_in_a_last_expression_is_the_cells(self):
        result = self.session.run("let known = 1\n  known + unknown")
        self.assertRegex(result.error, r"line 2, column 11: error: cannot find 'unknown' in scope")

    def test_a_syntax_error_is_reported(self):
        self.assertEqual(self.session.run("let = 3").error_name, "Compile error")

    def test_await_outside_of_a_function_is_refused(self):
        self.run_cell("func eventually() async -> Int { 3 }")
        self.assertIn("`await` outside of a function", self.session.run("let awaited = await eventually()").error)
        self.run_cell("Task { _ = await eventually() }\nfunc wrapped() async -> Int { await eventually() }")

    def test_a_cell_that_does_not_compile_declares_nothing(self):
        self.session.run("let undeclared: Int = missing")
        self.assertIn("cannot find 'undeclared'", self.session.run("undeclared").error)

    def test_a_warning_is_no_error(self):
        result = self.run_cell("func warned() { let unused = 1 }")
        self.assertIn("warning: ", result.text("stderr"))

    def test_a_trap_of_the_library_shows_its_message_and_line_and_keeps_variables(self):
        self.run_cell("var kept = [1, 2, 3]\nlet matrix = Tensor<Float>.ones([2, 3])")
        result = self.session.run("kept.append(4)\nprint(\"before\")\nlet product = matmul(matrix, matrix)\nprint(product)")
        self.assertEqual(result.error_name, "Trap")
        self.assertIn("matmul: inner dimensions differ: [2, 3] · [2, 3] (3 ≠ 2)", result.error)
        self.assertRegex(result.error, r"cell \d+, line 3")
        self.assertEqual(result.text(), "before\n")
        self.assertEqual(self.run_cell("kept").value, "[1, 2, 3]")

    def test_traps_of_the_language(self):
        for code, reason in [
            ("var small: UInt8 = 255\nsmall += UInt8([1].count)", "arithmetic overflow"),
            ("let few = [1]\nfew[few.count + 1]", "out of range"),
            ("func deep(_ n: Int) -> Int { n == 0 ? 0 : 1 + deep(n - 1) + deep(n - 2) }\ndeep(100_000_000)", "recursion"),
            ('fatalError("said by the cell")', "said by the cell"),
            ("import Foundation\nabort()", "SIGABRT"),
        ]:
            with self.subTest(code):
                result = self.session.run(code)
                self.assertEqual(result.error_name, "Trap")
                self.assertIn(reason.lower(), result.error.lower())

    def test_the_message_of_a_precondition_stands_in_its_line(self):
        result = self.session.run('let size = Int("3")!\nprecondition(size == 4, "four are needed")')
        self.assertEqual(result.error_name, "Trap")
        self.assertRegex(result.error, r'cell \d+, line 2: precondition\(size == 4, "four are needed"\)\n')

    def test_traps_say_where_also_in_other_cells_closures_and_threads(self):
        self.run_cell("import Foundation\nfunc item(_ items: [Int], _ index: Int) -> Int {\n    items[index]\n}")
        for code, places in [
            ("let few = [1]\nprint(item(few, Int(\"5\")!))", [", line 3: items[index]", ", line 2: print(item("]),
            ("_ = [1, 2].map { (number: Int) -> Int in\n    item([1], number)\n}", [", line 2: item([1], number)"]),
            ("Thread {\n    print(item([1], 7))\n}.start()\nsleep(5)", [", line 2: print(item([1], 7))"]),
            ("let number = Int(\"x\")\nprint(number!)", [", line 2: print(number!)"]),
        ]:
            with self.subTest(code):
                result = self.session.run(code)
                self.assertEqual(result.error_name, "Trap")
                for place in places:
                    self.assertIn(place, result.error)

    def test_a_silent_cell_does_not_pass_for_the_cell_before_it(self):
        self.run_cell("@inline(never) func checked(_ number: Int) {\n    precondition(number < 3)\n}")
        silent = "let one = 1\n@inline(never) func silently(_ number: Int) {\n    precondition(number < 4)\n}"
        self.run_cell(silent, silent=True)
        self.run_cell("let store = 1", store_history=False)
        self.assertRegex(self.session.run("checked(5)").error, r"  cell \d+, line 2: precondition\(number < 3\)\n")
        self.assertRegex(self.session.run("silently(5)").error, r"  silent cell 1, line 3: precondition\(number < 4\)\n")

    def test_a_cast_that_fails_says_why(self):
        result = self.session.run("let anything: Any = 1\nprint(anything as! String)")
        self.assertRegex(
            result.error, r"^Could not cast value of type 'Swift.Int' to 'Swift.String'\.\n  cell \d+, line 2: print\(anything"
        )
        self.assertEqual(result.text("stderr"), "")

    def test_an_error_that_nobody_catches(self):
        result = self.session.run("struct Refused: Error { let reason: String }\nthrow Refused(reason: \"a: b\")")
        self.assertEqual(result.error_name, "Uncaught error")
        self.assertRegex(
            result.error, r'^Refused\(reason: "a: b"\)\n  cell \d+, line 2: throw Refused\(.*\)\nVariables are as they were'
        )

    def test_types_in_messages_of_the_language_go_without_the_module_of_their_cell(self):
        for code, reason in [
            ("private struct Hidden: Error {}\nthrow Hidden()", "Hidden()"),
            ("func local() throws {\n    struct Local: Error {}\n    throw Local()\n}\ntry local()", "Local()"),
            (
                "struct Held {}\nlet held: Any = Held()\nprint(held as! [Held])",
                "Could not cast value of type 'Held' to 'Swift.Array<Held>'.",
            ),
        ]:
            with self.subTest(code):
                self.assertEqual(self.session.run(code).error.splitlines()[0], reason)

    def test_a_users_text_that_looks_like_the_module_of_a_cell_stays(self):
        self.run_cell("let first = 1")  # There is a module by the name of `Cell1`.
        for code, reason in [
            ('fatalError("Cell1.step: too long")', "Cell1.step: too long"),
            ("enum Cell1: Error { case step }\nthrow Cell1.step", "Cell1.step"),
            (
                'struct Said: Error, CustomStringConvertible {\n    var description: String { "Cell1.step: no" }\n}\n'
                "throw Said()",
                "Cell1.step: no",
            ),
        ]:
            with self.subTest(code):
                self.assertEqual(self.session.run(code).error.splitlines()[0], reason)
        self.run_cell("struct Quoting: Error {\n    let text = String(reflecting: Quoting.self)\n}")
        self.assertRegex(self.session.run("throw Quoting()").error, r'^Quoting\(text: "Cell\d+\.Quoting"\)\n')
        self.assertRegex(self.session.run("fatalError(Quoting().text)").error, r"^Cell\d+\.Quoting\n")

    def test_an_error_says_where_it_was_thrown_and_what_called_that(self):
        # A small function of an earlier cell may have become a part of its caller, and has no line of its own then.
        self.run_cell(
            "struct Wrong: Error {}\nenum Typed: Error { case one(Int) }\n"
            "@inline(never) func fail(_ number: Int) throws {\n    if number > 0 { throw Wrong() }\n}\n"
            "@inline(never) func typed(_ number: Int) throws(Typed) -> Int {\n"
            "    if number == 3 {\n        throw .one(number)\n    }\n    return number\n}"
        )
        for code, places in [
            ("\ntry fail(1)", ["line 4: if number > 0", "line 2: try fail(1)"]),
            ("try? fail(1)\nprint(try typed(3))", ["line 8: throw .one(number)", "line 2: print(try typed(3))"]),
            ("do { try fail(1) } catch {\n    throw error\n}", ["line 2: throw error"]),
            ("\nlet certain: Void = try! fail(2)", ["line 4: if number > 0", "line 2: let certain"]),
            (
                "func careful() throws {\n    defer { try? fail(1) }\n    try fail(2)\n}\ntry careful()",
                ["line 4: if number > 0", "line 3: try fail(2)", "line 5: try careful()"],
            ),
        ]:
            with self.subTest(code):
                error = self.session.run(code).error
                reason, *lines, kept = error.splitlines()
                self.assertRegex(reason, r"(?:^|: )(?:Wrong\(\)|Typed\.one\(3\))$")
                self.assertEqual(len(lines), len(places), error)
                for line, place in zip(lines, places):
                    self.assertRegex(line, rf"^  cell \d+, {re.escape(place)}")

    def test_commands_of_pythons_notebooks_are_answered_in_one_line(self):
        for code, words in [
            ("!ls", 'import Foundation; _ = system("ls")'),
            ("%timeit print(1)", "ContinuousClock().measure"),
            ("%%time\nprint(1)", "ContinuousClock().measure"),
            ("%matplotlib inline\nprint(1)", "display(chart)"),
            ("%cd /tmp", "no commands that begin with `%`"),
            ("?Tensor", "Shift-Tab"),
            ("Tensor?", "Shift-Tab"),
            ("help(Tensor)", "Shift-Tab"),
            ("!./run.sh", 'system("./run.sh")'),
            ("! /bin/ls -l", 'system("/bin/ls -l")'),
            ("!~/bin/train", 'system("~/bin/train")'),
        ]:
            with self.subTest(code):
                result = self.session.run(code)
                self.assertRegex(result.error, r"^cell \d+, line 1: ")
                self.assertIn("Swift", result.error)
                self.assertIn(words, result.error)
                self.assertNotIn("\n", result.error)
        self.assertEqual(self.run_cell(self.session.run('!echo "a b"').error.split(": ", 2)[2]).text(), "a b\n")
        self.assertRegex(self.run_cell("print(ContinuousClock().measure { print(5) })").text(), r"^5\n.*seconds")

    def test_habits_of_the_language_python_are_answered_beside_the_compilers_words(self):
        for code, line, message, words in [
            ("count = 3", 1, "cannot find 'count' in scope", "`var count = …`"),
            ("# a comment", 1, "extraneous whitespace between '#'", "begins with `//`"),
            ("let one = 1\n\nlet two = 2  # don't ask", 3, "extraneous whitespace between '#'", "begins with `//`"),
            ("## Title", 1, "expected a macro identifier", "begins with `//`"),
            ("#note this", 1, "no macro named 'note'", "begins with `//`"),
            ("for i in range(3):\n    print(i)", 1, "cannot find 'range' in scope", "`for i in 0..<n { … }`"),
            ("for i in range(3) { print(i) }", 1, "cannot find 'range' in scope", "`for i in 0..<n { … }`"),
            ("for i in [1, 2]:\n    print(i)", 1, "expected '{' to start the body", "`for … { … }`"),
            ("if 1 < 2: print(1)", 1, "expected '{' after 'if' condition", "`if … { … }`"),
            ("for (k, v) in [1: 2] :  # x\n    print(k)", 1, "expected '{' to start the body", "`for … { … }`"),
            ("while [1: 2][1] == 2:\n    print(1)", 1, "expected '{' after 'while' condition", "`while … { … }`"),
            ('let n = 3\nprint(f"{n}")', 2, "expected ',' separator", '`"n = \\(n)"`'),
            ("let f = 3\nprint(f'{f}')", 2, "expected ',' separator", '`"n = \\(n)"`'),
            ("let x = 3.0\nx ** 2", 2, "'**'", "`pow(x, 2)`"),
            ("let isReady = True", 1, "cannot find 'True' in scope", "`true` and `false`"),
            ("print(1 > 2 || False)", 1, "cannot find 'False' in scope", "`true` and `false`"),
            ("let none: Int? = None", 1, "cannot find 'None' in scope", "`nil` for `None`"),
            ("let some: Int? = 3\nif some is None {}", 2, "cannot find type 'None' in scope", "`== nil`"),
            ("len([1, 2])", 1, "cannot find 'len' in scope", "`x.count`"),
            ("def f(x: int) -> int:\n    y = x\n\n    return y", 1, "cannot find 'def' in scope", "`func f("),
            ("import numpy as np", 1, "no such module 'numpy'", "without an import"),
            ("import numpy", 1, "no such module 'numpy'", "without an import"),
            ("import os, sys", 1, "no such module 'os'", "import Foundation"),
            ("import matplotlib.pyplot", 1, "no such module 'matplotlib", "without an import"),
            ("from math import pi", 1, "consecutive statements", "without an import"),
            ("import Foundation as F", 1, "consecutive statements", "no `as` in an import: with `import Foundation`,"),
            ("from Foundation import Date", 1, "consecutive statements", "whole modules: `import Foundation`."),
        ]:
            with self.subTest(code):
                error = self.session.run(code).error
                # The compiler's message, its line and the pointer, the answer; nothing that follows from the habit.
                first, shown, pointer, answer, *rest = error.splitlines()
                self.assertRegex(first, rf"^cell \d+, line {line}, column \d+: error: ")
                self.assertIn(message, first)
                self.assertEqual(shown.strip(), code.splitlines()[line - 1].strip())
                self.assertEqual(pointer.strip(), "^")
                self.assertIn(words, answer)
                self.assertIn("Swift", answer)
                self.assertEqual(rest, [])

    def test_an_operator_for_powers_is_answered_in_both_words_of_the_compiler(self):
        for message, is_answered in [
            ("cannot find operator '**' in scope", True),
            ("no operator '**' is defined; did you mean 'pow(_:_:)'?", True),
            ("binary operator '**' cannot be applied to operands of type 'Bool' and 'String'", False),
            ("operator '**' declared in type 'Power' must be 'static'", False),
        ]:
            with self.subTest(message):
                [error] = explained([Diagnostic("error", message, message, 1, 2)], ["x ** 2"])
                self.assertEqual(error.answer is not None, is_answered)

    def test_names_of_python_and_pytorch_are_answered_beside_the_compilers_words(self):
        for code, line, message, words in [
            ("let ten = 10\nlet both = ten > 1 and ten < 20", 2, "consecutive statements", "`&&` for `and`"),
            ("if 1 < 2 or 2 < 1 { print(1) }", 1, "expected '{' after 'if'", "`||` for `or`"),
            ("let one = lambda x: x", 1, "cannot find 'lambda' in scope", "is `{ x in … }` here."),
            ("for (i, x) in enumerate([1]) {}", 1, "cannot find 'enumerate' in scope", "xs.enumerated() { … }` here."),
            ("print(str(1))", 1, "cannot find 'str' in scope", "`String(x)`, or `\\(x)` inside"),
            ("let zeros = torch.zeros(2, 3)", 1, "cannot find 'torch' in scope", "All names stand by themselves"),
            ("Tensor<Float>([1]).item()", 1, "no member 'item'", "`item` is `x.scalar` here."),
            ("Tensor<Float>.randn(2)", 1, "no member 'randn'", "`randn` is `.normal([2, 3])` here."),
            ("Tensor<Double>([1]).exp()", 1, "no member 'exp'", "`exp` is `exp(x)` here."),
            ("Tensor<Float>([1]).backward()", 1, "no member 'backward'", "is `gradient(at: model) { model in … }`"),
            ("let p = Tensor<Float>([1]) > 0", 1, "conform to 'BinaryInteger'", "has a dot: `x .> 0`"),
            ("Linear<Float>(inputSize: 1, outputSize: 1).forward(1)", 1, "no member 'forward'", "`model(x)`"),
        ]:
            with self.subTest(code):
                first, *_, answer = self.session.run(code).error.splitlines()
                self.assertRegex(first, rf"line {line}, column \d+: error: .*{re.escape(message)}")
                self.assertIn(words, answer)

    def test_several_habits_are_answered_each_once_and_other_errors_stay(self):
        error = self.session.run("# one two\n# three four\nlet a = True\nlet b = False + missing").error
        self.assertEqual(error.count("begins with `//`"), 1)
        self.assertEqual(error.count("`true` and `false`"), 1)
        self.assertEqual(
            re.findall(r"line (\d+), column (\d+): error: ", error),
            [("1", "2"), ("2", "2"), ("3", "9"), ("4", "9"), ("4", "17")],
        )
        error = self.session.run("while True:\n    pass").error
        self.assertIn("`while … { … }`", error)
        self.assertIn("`true` and `false`", error)
        # A module that is not there is an error of its own.
        self.assertIn("no such module 'numpyish'", self.session.run("import numpyish as n").error)

    def test_what_the_answers_write_is_swift(self):
        code = (
            "import Foundation\nvar total = 0.0  // a comment\nfor i in 0..<3 { total += pow(Double(i), 2) }\n"
            "let nothing: Int? = nil\nfunc mean(_ x: Tensor<Float>) -> Tensor<Float> { x.mean() }\n"
            "func half(_ n: Int) throws -> Int { n / 2 }\nlet n = try half(8) + 1\n"
            'print("n = \\(n)", total, [1, 2].count, true, nothing == nil, mean(pow(Tensor([1, 3]), 2)).scalar, '
            "try? half(6))"
        )
        self.assertEqual(self.run_cell(code).text(), "n = 5 5.0 2 true true 5.0 Optional(3)\n")

    def test_a_forgotten_try_is_an_error_and_one_line_of_what_to_write(self):
        self.run_cell("func risky() throws -> Int { 1 }\nstruct Lazy { var value: Int { get throws { 1 } } }")
        for code, what, column in [
            ("let sum = 2 + risky()", "call", 15),
            ("let got = Lazy().value", "property access", 11),
        ]:
            with self.subTest(code):
                first, *rest = self.session.run(code).error.splitlines()
                end = f"line 1, column {column}: error: {what} can throw but is not marked with 'try'"
                self.assertTrue(first.endswith(end), first)
                self.assertEqual(
                    rest,
                    [
                        f"    {code}",
                        " " * (column + 3) + "^",
                        "Write `try` on the left of the expression, as in `let x = try f(y) + 1`; "
                        "with `try?`, an error becomes `nil`.",
                    ],
                )
        # The second has neither the line nor the notes.
        error = self.session.run("print(risky(), risky())").error
        self.assertEqual(error.count("error: "), 2)
        self.assertEqual(error.count("Write `try`"), 1)
        self.assertNotIn("note: ", error)

    def test_a_forgotten_try_hides_no_forgotten_await(self):
        self.run_cell("func later() async throws -> Int { 1 }")
        error = self.session.run("let soon = later()").error
        self.assertIn("column 12: error: 'async' call in a function that does not support concurrency", error)
        self.assertIn("column 12: error: call can throw but is not marked with 'try'", error)
        self.assertIn("Write `try`", error)

    def test_notes_of_other_errors_stay(self):
        error = self.session.run("let fixed = 1\nfixed = 2").error
        self.assertIn("cannot assign to value", error)
        self.assertIn("note: change 'let' to 'var'", error)

    def test_what_is_swift_is_not_taken_for_python(self):
        self.run_cell("let ready = true\nfunc help(_ number: Int) {}")
        self.assertEqual(self.run_cell("!ready").value, "false")
        self.assertIn("no member 'count'", self.session.run("!ready.count").error)
        self.assertIn("cannot convert", self.session.run('help("a")').error)
        self.assertIn("no such module 'numpyish'", self.session.run("import numpyish").error)
        # Further in, a line continues the one before.
        self.assertIn("cannot find 'redy' in scope", self.session.run("let both = ready &&\n    !redy").error)
        self.assertIn("not a prefix unary operator", self.session.run("let rest = 7\n    %count").error)
        # What stands in a string, or is right, comes of no habit, whatever else is wrong in the line.
        for code in [
            'print("True, None, # and **: f", "# no", missing)',
            "let none = (#fileid, missing)",
            "[1, 2].item",
            '"a".size',
            "let above = 1 > missing",
            'let range = "abc".range(of: "b", missing)',
            "print(range(of: 3))",
            "let number: Int = missing",
            "struct Wrong {\n    size = 3\n}",
            "if [1: 2][1] == 2\n    print(2)",
            "for (k, v) in [1: 2]  // x\nprint(k)",
            "if [1: 2][1] == 2  // a: b\n    print(2)",
            "#missing(1)",
            "#Predicat<Int> { $0 > 1 }",
            "infix operator **\nfunc ** (x: Int, y: Int) -> Int { x }\nfunc ** (x: Double, y: Double) -> Double { x }\n"
            'print(true ** "")',
            "infix operator **\nstruct Power {\n    func ** (x: Power, y: Power) -> Power { x }\n}",
            'func f(_ text: String) {}\nf("a" missing)',
        ]:
            with self.subTest(code):
                error = self.session.run(code).error
                self.assertTrue(all(re.match(r" |$|cell \d+, line ", line) for line in error.splitlines()), error)

    def test_one_trap_after_the_other(self):
        self.run_cell("var survived = 0")
        for number in range(5):
            self.run_cell("survived += 1")
            self.assertEqual(self.session.run(f"survived = -1\nfatalError(\"{number}\")").error_name, "Trap")
        self.assertEqual(self.run_cell("survived").value, "5")

    def test_one_process_remains_however_many_failed(self):
        self.run_cell("import Foundation")
        for _ in range(3):
            self.session.run("fatalError()")
        # Processes are children of others now, but still in the session of the first one.
        session = int(self.run_cell("getsid(0)").value)
        mine = [process.pid for process in psutil.process_iter() if _session_of(process.pid) == session]
        self.assertEqual([int(self.run_cell("getpid()").value)], mine)

    def test_threads_of_the_library_work_after_a_trap(self):
        product = "matmul(Tensor<Float>.ones([512, 512]), Tensor<Float>.ones([512, 512])).sum().scalar"
        self.assertEqual(self.run_cell(product).value, "1.3421773e+08")
        self.session.run("fatalError()")
        self.assertEqual(self.run_cell(product).value, "1.3421773e+08")

    def test_exit_ends_the_cell_alone(self):
        self.run_cell("let remains = 5")
        self.assertEqual(self.session.run("import Foundation\nexit(0)").error_name, "Exit")
        self.assertEqual(self.session.run("import Foundation\nkill(getpid(), SIGKILL)").error_name, "Killed")
        self.assertEqual(self.run_cell("remains").value, "5")

    def test_where_all_processes_ended_the_kernel_starts_anew(self):
        self.run_cell("let lost = 5")
        result = self.session.run("import Foundation\nkill(0, SIGKILL)\nsleep(5)")
        self.assertEqual(result.error_name, "Kernel died")
        self.assertIn("the kernel starts anew, and all variables are lost", result.error)
        self.assertIn("cannot find 'lost'", self.session.run("lost").error)
        self.assertEqual(self.run_cell("let found = 6\nfound").value, "6")


class StartTests(WatchedTestCase):
    """What goes wrong before the first cell runs."""

    def test_the_notice_of_a_build_ends_with_it_also_by_an_exception(self):
        announced = []
        kernel = SimpleNamespace(_run=None, _announce=announced.append)
        library = SimpleNamespace(is_current=False, build=mock.Mock(side_effect=OSError("no space")))
        with self.assertRaises(OSError):
            SwiftKernel._build(kernel, library)
        self.assertEqual([done.is_set() for done in announced], [True])

    def test_what_the_system_refuses_is_said_in_its_words(self):
        kernel = SimpleNamespace(_runner=None, _raise_if_interrupted=lambda: None)
        with mock.patch("tapestry_kernel.kernel.Toolchain", side_effect=PermissionError(13, "Not allowed", "/there")):
            with self.assertRaises(CellError) as raised:
                SwiftKernel._start(kernel)
        self.assertEqual(raised.exception.name, "Not ready")
        self.assertEqual(raised.exception.text, "[Errno 13] Not allowed: '/there'")


class QueueTests(KernelTestCase):
    def test_a_failure_after_tasks_says_that_new_ones_would_wait(self):
        def error(code):
            return self.session.run(code).error

        hint = "new ones wait for ever now: restart the kernel"
        self.assertNotIn(hint, error('fatalError("alone")'))
        task = "import Foundation\nvar isDone = false\nTask { isDone = true }\nwhile !isDone { usleep(1000) }\n"
        # The copy that goes on is of before the cell.
        self.assertNotIn(hint, error(task + 'fatalError("beside")'))
        self.run_cell(task)
        self.assertIn(hint, error('fatalError("after")'))
        self.assertIn(hint, error('fatalError("again")'))


class RedeclarationTests(KernelTestCase):
    def test_what_keeps_the_type_of_an_earlier_cell_is_told_to_be_run_again(self):
        self.run_cell("struct Shape { var sides: Int }\nstruct Holder { var shape: Shape }")
        self.run_cell("var holder = Holder(shape: Shape(sides: 3))")
        self.run_cell("struct Shape { var sides: Int, name: String }")
        error = self.session.run('holder.shape = Shape(sides: 4, name: "square")').error
        self.assertRegex(
            error, r"`Shape` has been declared anew in cell (\d+), and what was made before with that of cell (\d+)")
        self.assertNotIn("anew", self.session.run("let text: String = Shape(sides: 4, name: \"square\")").error)


class InterruptTests(KernelTestCase):
    def test_an_interrupt_ends_the_cell_and_keeps_variables(self):
        self.run_cell("var before = 1")
        endless = 'before = 2\nprint("running")\nwhile true { before &+= 1 }'
        for _ in range(2):
            result = self.session.run(endless, interrupt_when="running")
            self.assertEqual(result.error_name, "Interrupted")
            self.assertEqual(self.run_cell("before").value, "1")

    def test_an_interrupt_in_the_middle_of_threads_work(self):
        self.run_cell("let large = Tensor<Float>.ones([600, 600])")
        endless = 'print("running")\nwhile true { _ = matmul(large, large) }'
        self.assertEqual(self.session.run(endless, interrupt_when="running").error_name, "Interrupted")
        self.assertEqual(self.run_cell("matmul(large, large).sum().scalar").value, "2.16e+08")

    def test_an_interrupt_between_cells_changes_nothing(self):
        self.run_cell("let calm = 3")
        self.session.manager.interrupt_kernel()
        self.assertEqual(self.run_cell("calm").value, "3")


class OutputTests(KernelTestCase):
    def test_output_stands_in_its_order(self):
        result = self.run_cell('print("one")\ndisplay(Tensor<Float>([1]))\nprint("two")\ndisplay(2)\n"three"')
        self.assertEqual(result.kinds, ["stdout", "display", "stdout", "display", "result"])
        self.assertEqual(result.text(), "one\ntwo\n")

    def test_many_displays_stand_between_their_lines(self):
        result = self.run_cell("for number in 0..<300 { print(number); display(number) }")
        shown = [int(content if kind == "stdout" else content["text/plain"]) for kind, content in result.shown]
        self.assertEqual(shown, [number // 2 for number in range(600)])

    def test_text_without_an_end_of_line_arrives(self):
        self.assertEqual(self.run_cell('print("a", terminator: "")').text(), "a")
        self.assertEqual(self.session.run('print("b", terminator: "")\nfatalError("c")').text(), "b")

    def test_errors_are_a_stream_of_their_own(self):
        result = self.run_cell('import Foundation\nfputs("to errors\\n", stderr)')
        self.assertEqual(result.text("stderr"), "to errors\n")
        self.assertEqual(result.text(), "")

    def test_much_output_arrives(self):
        result = self.run_cell("for number in 0..<100_000 { print(number) }")
        self.assertEqual(result.text(), "".join(f"{number}\n" for number in range(100_000)))

    def test_a_slow_reader_misses_nothing(self):
        result = self.session.run("for number in 0..<20_000 { display(number) }", late=8)
        shown = [content["text/plain"] for kind, content in result.shown if kind == "display"]
        self.assertEqual(shown, [str(number) for number in range(20_000)])

    def test_lines_that_come_one_by_one_are_shown_together(self):
        self.run_cell("import Foundation")
        result = self.run_cell("for number in 0..<5_000 { print(number); usleep(50) }")
        self.assertEqual(result.text(), "".join(f"{number}\n" for number in range(5_000)))
        self.assertLess(len(result.shown), 500)

    def test_characters_are_not_cut(self):
        text = "é√🙂" * 30_000
        self.assertEqual(self.run_cell('print(String(repeating: "é√🙂", count: 30_000), terminator: "")').text(), text)

    def test_statements_have_no_value(self):
        for code in ["let a = 1", "var b = 1; b = 2", "for _ in 0..<2 {}", "print(1)", "struct C {}", "// comment"]:
            with self.subTest(code):
                self.assertIsNone(self.run_cell(code).value)

    def test_last_expressions(self):
        for code, value in [
            ("1 + 1 // with a comment", "2"),
            ("[1, 2]\n    .map { $0 * 2 };", "[2, 4]"),
            ('let u = "ü"; u + "ß"', "üß"),
            ("Optional(3)", "3"),
            ("Int?.none", "nil"),
            ("(1, true)", "(1, true)"),
            ('try Int("4") ?? 0', "4"),
        ]:
            with self.subTest(code):
                self.assertEqual(self.run_cell(code).value, value)


class DisplayTests(KernelTestCase):
    def shown(self, code):
        """The representations of a last expression's value."""
        return next(content for kind, content in self.run_cell(code).shown if kind == "result")

    def test_a_tensor_is_a_table(self):
        shown = self.shown("Tensor<Float>([[1, -2], [3, 4]])")
        self.assertIn("[[ 1, -2],", shown["text/plain"])
        self.assertIn(">-2</td>", shown["text/html"])
        self.assertEqual(shown["text/html"].count("<tr>"), 2)

    def test_a_tape_is_a_drawing(self):
        code = "let tape = Tape(recording: .full)\nlet w = tape.watch(Tensor<Double>([1]))\n_ = tanh(w).named(\"gate\")\ntape"
        shown = self.shown(code)
        self.assertIn("= tanh(%0)", shown["text/plain"])
        self.assertIn("“gate”", shown["image/svg+xml"])

    def test_a_gradient_report_is_a_page(self):
        shown = self.shown("checkGradients(of: { square($0).sum() }, at: Tensor<Double>([1, 2]))")
        self.assertIn("CORRECT", shown["text/plain"].upper())
        self.assertIn("<table>", shown["text/html"])

    def test_a_model_is_a_table_of_its_parameters(self):
        shown = self.shown("Linear<Float>(inputSize: 3, outputSize: 2)")
        self.assertIn("8 parameters", shown["text/plain"])
        self.assertIn("weights</td>", shown["text/html"])

    def test_a_chart_is_a_picture(self):
        shown = self.shown('Chart("Squares", marks: [.line([0.0, 1, 4])])')
        self.assertTrue(shown["image/svg+xml"].startswith("<svg"))
        self.assertIn("Squares", shown["text/plain"])

    def test_a_users_type_says_what_it_shows(self):
        self.run_cell(
            "struct Swatch: NotebookDisplayable {\n"
            '    var notebookContent: NotebookContent { NotebookContent(text: "red").html("<b>red</b>") }\n}'
        )
        self.assertEqual(self.shown("Swatch()"), {"text/plain": "red", "text/html": "<b>red</b>"})

    def test_parts_of_a_tuple_are_shown_richly(self):
        self.assertIn(">7</td>", self.shown("(1, Tensor<Float>([7]))")["text/html"])


class CompletionTests(KernelTestCase):
    def test_names_of_cells_and_words_of_the_language(self):
        self.run_cell("let completable = Tensor<Float>([1]).unsqueezed(axis: 0)\nfunc completed(by: Int) {}")
        matches = self.session.complete("comp")
        self.assertIn("completable", matches)
        self.assertIn("completed", matches)
        self.assertIn("struct", self.session.complete("str"))
        self.assertIn("unsqueezed", self.session.complete("completable.uns"))

    def test_declarations(self):
        self.run_cell("func inspected(_ number: Int) -> String { \"\" }")
        self.assertIn("func inspected(_ number: Int) -> String", self.session.inspect("inspected"))


if __name__ == "__main__":
    unittest.main()
