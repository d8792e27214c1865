import TapestryCommand
import TapestryFiles
import Testing

private enum Cell: String, CaseIterable { case lstm, gru, rnn }

private struct Settings: Equatable {
    var data: String?
    var cell = Cell.lstm
    var hidden = 128
    var seed: UInt64 = 1
    var rate = 0.002
    var dropout = 0.0
    var verbose = false
    var prompt = "The "
}

private func makeOptions() -> CommandOptions<Settings> {
    var options = CommandOptions(
        program: "Quickstart", summary: "Trains a character model and checks its gradients.", defaults: Settings())
    options.path("--data", \.data, help: "text file to train on (default: a text that ships inside)")
    options.choice("--cell", \.cell, help: "recurrent cell")
    options.integer("--hidden", \.hidden, in: 1...65_536, help: "hidden units")
    options.integer("--seed", \.seed, in: 0...(.max), help: "seed of the random numbers")
    options.number("--learning-rate", \.rate, .positive, help: "step size")
    options.number("--dropout", \.dropout, .halfOpen(0..<1), help: "share of the activations set to zero in training")
    options.flag("--verbose", \.verbose, help: "show more")
    options.text("--prompt", \.prompt, help: "start of the sample")
    return options
}

@Suite struct CommandOptionsTests {
    @Test func defaultsAreTheSettingsAsDeclared() throws {
        #expect(try makeOptions().parse([]) == .run(Settings()))
    }

    @Test func everyKindOfOptionSetsItsProperty() throws {
        let arguments = [
            "--data", "a b.txt", "--cell", "gru", "--hidden", "65536", "--seed=18446744073709551615",
            "--learning-rate", "1e-3", "--dropout=0.5", "--verbose", "--prompt", " ",
        ]
        let expected = Settings(
            data: "a b.txt", cell: .gru, hidden: 65_536, seed: .max, rate: 0.001, dropout: 0.5, verbose: true,
            prompt: " ")
        #expect(try makeOptions().parse(arguments) == .run(expected))
    }

    @Test func valueAfterAnEqualsSignIsTakenWhole() throws {
        #expect(try makeOptions().parse(["--prompt=--a=b"]) == .run(Settings(prompt: "--a=b")))
    }

    @Test(arguments: [
        (["--hidden", "-3"], #"--hidden: expected a whole number from 1 to 65536, got "-3""#),
        (["--hidden", "65537"], #"--hidden: expected a whole number from 1 to 65536, got "65537""#),
        (["--hidden", "3.0"], #"--hidden: expected a whole number from 1 to 65536, got "3.0""#),
        (["--hidden="], #"--hidden: expected a whole number from 1 to 65536, got """#),
        (["--hidden"], "--hidden: expected a whole number from 1 to 65536, got nothing"),
        (["--hidden", "--seed"], "--hidden: expected a whole number from 1 to 65536, got nothing"),
        (["--hidden", "3", "--hidden=3"], "--hidden: given more than once"),
        (["--seed", "-1"], #"--seed: expected a whole number from 0 to 18446744073709551615, got "-1""#),
        (["--learning-rate", "0"], #"--learning-rate: expected a number above 0, got "0""#),
        (["--learning-rate", "-0.1"], #"--learning-rate: expected a number above 0, got "-0.1""#),
        (["--learning-rate", "fast"], #"--learning-rate: expected a number above 0, got "fast""#),
        (["--learning-rate", "nan"], #"--learning-rate: expected a number above 0, got "nan""#),
        (["--learning-rate", "inf"], #"--learning-rate: expected a number above 0, got "inf""#),
        (["--learning-rate", "1e999"], #"--learning-rate: expected a number above 0, got "1e999""#),
        (["--dropout", "1"], #"--dropout: expected a number from 0.0 to below 1.0, got "1""#),
        (["--cell", "lstn"], #"--cell: expected lstm, gru or rnn, got "lstn" (did you mean lstm?)"#),
        (["--cell", "GRU"], #"--cell: expected lstm, gru or rnn, got "GRU" (did you mean gru?)"#),
        (["--cell", "transformer"], #"--cell: expected lstm, gru or rnn, got "transformer""#),
        (["--data", ""], #"--data: expected a path, got """#),
        (["--prompt", ""], #"--prompt: expected a text, got """#),
        (["--prompt="], #"--prompt: expected a text, got """#),
        (
            ["--data", "-"],
            #"--data: expected a path, got "-" (standard input and output have no name here; ./- is a file)"#
        ),
        (["--verbose=yes"], #"--verbose: takes no value, got "yes""#),
        (["--hiden", "3"], #"unknown option "--hiden" (did you mean --hidden?)"#),
        (["--sed", "3"], #"unknown option "--sed" (did you mean --seed?)"#),
        (["--seeed", "3"], #"unknown option "--seeed" (did you mean --seed?)"#),
        (["--hel"], #"unknown option "--hel" (did you mean --help?)"#),
        (["--tell"], #"unknown option "--tell" (did you mean --cell?)"#),
        (["--toll"], #"unknown option "--toll""#),
        (["--Hepl"], #"unknown option "--Hepl" (did you mean --help?)"#),
        (["--layers=2"], #"unknown option "--layers""#),
        (["-x"], #"unknown option "-x""#),
        (["--"], #"unknown option "--""#),
        (["lstm"], #"unexpected argument "lstm""#),
        (["two\nlines\u{1B}[2J"], #"unexpected argument "two\nlines\u{1B}[2J""#),
        (["--verbose", "--cell", "x", "--hidden", "0"], #"--cell: expected lstm, gru or rnn, got "x""#),
    ])
    func faultIsNamedInOneLine(arguments: [String], message: String) {
        #expect(throws: CommandError(message)) { try makeOptions().parse(arguments) }
    }

    @Test(arguments: [
        (NumberDomain.positive, "a number above 0", [.leastNonzeroMagnitude, 1, 1e300], [0, -1, .nan, .infinity]),
        (.nonNegative, "a number of at least 0", [0, 1], [-.leastNonzeroMagnitude, .nan, .infinity]),
        (.closed(0...1), "a number from 0.0 to 1.0", [0, 1], [-0.1, 1.1, .nan]),
        (.halfOpen(0..<1), "a number from 0.0 to below 1.0", [0, 0.99], [1, -0.1, .nan]),
    ])
    func domainsAcceptWhatTheySay(domain: NumberDomain, text: String, accepted: [Double], refused: [Double]) throws {
        struct Number: Equatable { var value = 0.5 }
        var options = CommandOptions(program: "P", summary: "S.", defaults: Number())
        options.number("--x", \.value, domain, help: "x")
        for number in accepted {
            #expect(try options.parse(["--x", "\(number)"]) == .run(Number(value: number)))
        }
        for number in refused {
            #expect(throws: CommandError("--x: expected \(text), got \"\(number)\"")) {
                try options.parse(["--x", "\(number)"])
            }
        }
    }

    @Test func severalChoicesHaveCommasBetweenThem() throws {
        struct Cells: Equatable { var cells = [Cell.rnn, .lstm] }
        var options = CommandOptions(program: "P", summary: "S.", defaults: Cells())
        options.choices("--cells", \.cells, help: "cells")
        #expect(try options.parse([]) == .run(Cells()))
        #expect(try options.parse(["--cells", "gru"]) == .run(Cells(cells: [.gru])))
        #expect(try options.parse(["--cells", "lstm,gru,rnn"]) == .run(Cells(cells: [.lstm, .gru, .rnn])))
        let expected = "lstm, gru or rnn, or several with commas between them"
        let hints = [
            "": "", "lstm,": "", "lstm,lstm": " (lstm twice)", "gru, lstm": " (did you mean lstm?)",
            "lstm,lstn": " (did you mean lstm?)",
        ]
        for (refused, hint) in hints {
            #expect(throws: CommandError("--cells: expected \(expected), got \"\(refused)\"\(hint)")) {
                try options.parse(["--cells", refused])
            }
        }
        #expect(options.usage.contains("(default: rnn,lstm)"))
    }

    /// A list that is too long for a line is left to the usage text.
    @Test func manyChoicesAreCounted() throws {
        enum Letter: String, CaseIterable { case a, b, c, d, e, f, g, h, i, j, k, l, omega }
        struct Letters { var one = Letter.a, several = [Letter.a] }
        var options = CommandOptions(program: "P", summary: "S.", defaults: Letters())
        options.choice("--one", \.one, help: "letter")
        options.choices("--several", \.several, help: "letters")
        func message(_ arguments: String...) -> String? {
            #expect(throws: CommandError.self) { try options.parse(arguments) }.map { "\($0)" }
        }
        let of = "of the 13 names that --help lists, got"
        #expect(message("--one", "omeg") == "--one: expected one \(of) \"omeg\" (did you mean omega?)")
        #expect(message("--several", "a,a") == "--several: expected one or several \(of) \"a,a\" (a twice)")
        #expect(options.usage.contains("omega"))
    }

    @Test func aTextWithoutADefaultHasNoneInTheUsage() {
        var options = CommandOptions(program: "P", summary: "S.", defaults: "")
        options.text("--tag", \.self, help: "words (default: none)")
        #expect(options.usage.contains("  --tag TEXT  words (default: none)\n"))
    }

    @Test func aJobWithoutDataHasNoOptionForIt() throws {
        struct Job { var files = JobFiles() }
        var options = CommandOptions(program: "P", summary: "S.", defaults: Job())
        options.job(\.files, data: nil)
        #expect(!options.usage.contains("--data") && options.usage.contains("--seed"))
    }

    @Test(arguments: [["--help"], ["-h"], ["--hidden", "-3", "--help"], ["--hidden", "--help"]])
    func helpIsShownWhateverElseIsGiven(arguments: [String]) throws {
        let usage = """
            Usage: Quickstart [options]

            Trains a character model and checks its gradients.

            Options:
              --data PATH        text file to train on (default: a text that ships inside)
              --cell NAME        recurrent cell: lstm, gru or rnn (default: lstm)
              --hidden N         hidden units (default: 128)
              --seed N           seed of the random numbers (default: 1)
              --learning-rate X  step size (default: 0.002)
              --dropout X        share of the activations set to zero in training (default:
                                 0.0)
              --verbose          show more
              --prompt TEXT      start of the sample (default: "The ")
              --help             show this text and exit

            """
        #expect(try makeOptions().parse(arguments) == .help(usage))
    }
}

@Suite struct CommandRunTests {
    @Test func settingsReachTheBody() {
        var received: Settings?
        makeOptions().run(["--hidden", "7"]) { received = $0 }
        #expect(received == Settings(hidden: 7))
    }

    @Test func faultyCommandLineEndsWithOneLineAndStatus2() async throws {
        let result = try await #require(
            processExitsWith: .exitCode(2), observing: [\.standardErrorContent, \.standardOutputContent]
        ) {
            makeOptions().run(["--hidden", "-3"]) { _ in print("ran") }
        }
        let line = #"Quickstart: --hidden: expected a whole number from 1 to 65536, got "-3""# + "\n"
        #expect(String(decoding: result.standardErrorContent, as: UTF8.self) == line)
        #expect(!String(decoding: result.standardOutputContent, as: UTF8.self).contains("ran"))
    }

    @Test func faultOfTheBodyEndsWithOneLineAndStatus1() async throws {
        let result = try await #require(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
            makeOptions().run([]) { _ in _ = try TextFile.read("/nowhere/text") }
        }
        let line = "Quickstart: cannot read \"/nowhere/text\": there is no such file\n"
        #expect(String(decoding: result.standardErrorContent, as: UTF8.self) == line)
    }

    @Test func helpGoesToStandardOutputWithStatus0() async throws {
        let result = try await #require(
            processExitsWith: .exitCode(0), observing: [\.standardErrorContent, \.standardOutputContent]
        ) {
            makeOptions().run(["--help"]) { _ in }
        }
        #expect(String(decoding: result.standardOutputContent, as: UTF8.self).contains(makeOptions().usage))
        #expect(!String(decoding: result.standardErrorContent, as: UTF8.self).contains("Quickstart"))
    }
}

@Suite struct CommandDeclarationTests {
    @Test func nameWithoutDashesTraps() async throws {
        let message = #"CommandOptions: an option's name starts with -- and has no =, unlike "hidden""#
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var options = makeOptions()
            options.flag("hidden", \.verbose, help: "")
        }
        #expect(String(decoding: result.standardErrorContent, as: UTF8.self).contains(message))
    }

    @Test func nameDeclaredTwiceTraps() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var options = makeOptions()
            options.flag("--hidden", \.verbose, help: "")
        }
        let output = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(output.contains("CommandOptions: --hidden is declared twice"))
    }

    @Test func defaultThatWouldBeRefusedTraps() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var options = CommandOptions(program: "P", summary: "S.", defaults: Settings(hidden: 0))
            options.integer("--hidden", \.hidden, in: 1...8, help: "hidden units")
        }
        let message = "CommandOptions: --hidden: the default is 0, which is not a whole number from 1 to 8"
        #expect(String(decoding: result.standardErrorContent, as: UTF8.self).contains(message))
    }
}

/// A program that needs a file.
@Suite struct ArgumentTests {
    private struct Settings: Equatable {
        var file = ""
        var count = 3
    }

    private var options: CommandOptions<Settings> {
        var options = CommandOptions(program: "Inspect", summary: "Shows a file.", defaults: Settings())
        options.argument("FILE", \.file)
        options.integer("--limit", \.count, in: 1...9, help: "lines")
        return options
    }

    @Test func theArgumentMayStandAnywhere() throws {
        let expected = CommandRequest.run(Settings(file: "a b.npy", count: 4))
        for arguments in [["a b.npy", "--limit", "4"], ["--limit", "4", "a b.npy"], ["--limit=4", "a b.npy"]] {
            #expect(try options.parse(arguments) == expected)
        }
        #expect(options.usage.hasPrefix("Usage: Inspect [options] FILE\n"))
    }

    @Test(arguments: [
        ([], "expected FILE, got nothing"), ([""], #"expected FILE, got """#),
        (["a", "b"], #"unexpected argument "b""#), (["-a"], #"unknown option "-a""#),
        (["--limit", "4"], "expected FILE, got nothing"),
    ])
    func mistakesAreRefused(arguments: [String], message: String) {
        #expect(throws: CommandError(message)) { try options.parse(arguments) }
    }

    @Test func anErrorCannotSteerTheTerminal() {
        #expect(CommandError("--tag: \u{1B}[2J\u{9B}2J\n").description == #"--tag: \u{1B}[2J\u{9B}2J\n"#)
    }
}
