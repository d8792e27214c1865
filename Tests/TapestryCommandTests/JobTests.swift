import Foundation
import TapestryCommand
import TapestryFiles
import Testing

private struct ModelSettings: Equatable {
    var hidden = 64
    var rate = 0.5
    var name = "lstm"
}

private struct Settings {
    var files = JobFiles()
    var column = ""
    var validation: String?
    var model = ModelSettings()
    var epochs = 30
    var batch = 32
}

private func makeOptions() -> CommandOptions<Settings> {
    var options = CommandOptions(program: "Job", summary: "Learns.", defaults: Settings())
    options.job(\.files, data: "a file")
    options.text("--column", \.column, help: "a column")
    options.path("--validation", \.validation, help: "a file")
    options.integer("--hidden", \.model.hidden, in: 1...128, help: "units")
    options.number("--rate", \.model.rate, .closed(0...1), help: "a share")
    options.text("--name", \.model.name, help: "a name")
    options.integer("--epochs", \.epochs, in: 1...100, help: "epochs")
    options.integer("--batch", \.batch, in: 1...100, help: "examples")
    options.restrictToTraining("--epochs", "--batch")
    options.refuse("--column", without: "--data", because: "the series is made up")
    options.refuse("--validation", with: "--load", without: "--data", because: "there is nothing to stop")
    return options
}

private func settings(_ arguments: [String]) throws -> Settings {
    guard case .run(let settings) = try makeOptions().parse(arguments) else {
        throw CommandError("there is only help")
    }
    return settings
}

/// Options that would do nothing are refused.
@Suite struct RefusalTests {
    @Test(arguments: [
        (["--load", "m", "--epochs", "30"], "--epochs: of no use with --load: a loaded model is not trained"),
        (["--batch=4", "--load=m", "--epochs", "3"], "--epochs: of no use with --load: a loaded model is not trained"),
        (["--column", "x"], "--column: of no use without --data: the series is made up"),
        (["--column", "x", "--load", "m"], "--column: of no use without --data: the series is made up"),
        (
            ["--validation", "v", "--load", "m"],
            "--validation: of no use with --load without --data: there is nothing to stop"
        ),
    ])
    func theOptionAndTheReasonAreNamed(arguments: [String], message: String) {
        #expect(throws: CommandError(message)) { try settings(arguments) }
    }

    @Test(arguments: [
        ["--epochs", "3"], ["--load", "m", "--hidden", "3", "--seed", "4"], ["--column", "x", "--data", "d"],
        ["--validation", "v"], ["--validation", "v", "--load", "m", "--data", "d"],
        ["--validation", "v", "--data", "d"],
    ])
    func optionsThatDoSomethingAreTaken(arguments: [String]) throws {
        _ = try settings(arguments)
    }

    @Test func usageSaysWhichOptionsAreOfNoUse() {
        let text = """
              --help             show this text and exit

            Of no use with --load, as a loaded model is not trained: --epochs, --batch.

            Of no use without --data, as the series is made up: --column.

            Of no use with --load without --data, as there is nothing to stop: --validation.

            """
        #expect(makeOptions().usage.hasSuffix(text))
    }

    @Test func undeclaredOptionTraps() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var options = makeOptions()
            options.restrictToTraining("--epoch")
        }
        let output = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(output.contains("CommandOptions: --epoch is refused or needed, and not declared"))
    }
}

/// A file's settings take the place of defaults, and must not contradict the command line.
@Suite struct AdoptionTests {
    private let saved = ModelSettings(hidden: 16, rate: 0.25, name: "gru")

    private func adopted(_ arguments: [String], _ saved: ModelSettings) throws -> ModelSettings {
        var settings = try settings(arguments)
        try makeOptions().adopt(saved, as: \.model, in: &settings, from: "m.safetensors")
        return settings.model
    }

    @Test(arguments: [
        [], ["--hidden", "16"], ["--rate", "2.5e-1", "--name=gru"],
        ["--hidden=016", "--rate", "0.25", "--name", "gru"],
    ])
    func whatTheFileHasIsTaken(arguments: [String]) throws {
        #expect(try adopted(arguments, saved) == saved)
    }

    @Test(arguments: [
        (["--hidden", "32"], #"--hidden: 32 was given, but "m.safetensors" has 16"#),
        (["--hidden", "64"], #"--hidden: 64 was given, but "m.safetensors" has 16"#),
        (["--rate", "0.75"], #"--rate: 0.75 was given, but "m.safetensors" has 0.25"#),
        (["--name", "rnn"], #"--name: rnn was given, but "m.safetensors" has gru"#),
        (["--name", "rnn", "--rate", "1"], #"--rate: 1.0 was given, but "m.safetensors" has 0.25"#),
    ])
    func contradictionNamesTheOptionTheFileAndBothValues(arguments: [String], message: String) {
        #expect(throws: CommandError(message)) { try adopted(arguments, saved) }
    }

    @Test(arguments: [[], ["--hidden", "64"], ["--rate", "1"]])
    func valueThatItsOptionWouldRefuseIsAMistakeInTheFile(arguments: [String]) {
        let reason = #"--hidden: expected a whole number from 1 to 128, got "0""#
        #expect(throws: FileFormatError(path: "m.safetensors", reason: reason)) {
            try adopted(arguments, ModelSettings(hidden: 0))
        }
    }

    @Test func givenOptionsAreKnown() throws {
        let files = try settings(["--hidden", "64", "--data=d"]).files
        #expect(files.isGiven("--hidden") && files.isGiven("--data"))
        #expect(!files.isGiven("--rate") && !files.isGiven("hidden"))
    }

    @Test func settingsOfNoJobTrap() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var settings = Settings()
            let options = CommandOptions(program: "P", summary: "S.", defaults: settings)
            try options.adopt(ModelSettings(), as: \.model, in: &settings, from: "m")
        }
        let output = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(output.contains("CommandOptions: adopt: there is no job"))
    }
}

@Suite struct SentenceTests {
    private func sentence(_ text: String) throws -> Sentence? {
        try Sentence(text, of: "--tag") { $0.split(separator: " ").map { String($0) } }
    }

    @Test func nothingIsAskedByAnEmptyText() throws {
        #expect(try sentence("") == nil)
        #expect(try sentence("two words")?.words == ["two", "words"])
    }

    @Test func textWithoutWordsIsRefused() {
        #expect(throws: CommandError(#"--tag: there are no words in "  ""#)) { try sentence("  ") }
    }

    @Test func unknownWordsAreNamedOnce() async throws {
        let result = try await #require(processExitsWith: .exitCode(0), observing: [\.standardOutputContent]) {
            let known = ["the", "cat"]
            for text in ["the zyx saw the Zyx zyx cat", "the cat"] {
                let words = text.split(separator: " ").map { String($0) }
                try Sentence(text, of: "--tag") { _ in words }?.printUnknownWords(isKnown: known.contains)
            }
            exit(0)
        }
        let output = String(decoding: result.standardOutputContent, as: UTF8.self)
        #expect(output.components(separatedBy: "Not in the vocabulary").count == 2)
        #expect(output.contains("Not in the vocabulary, and read as unknown: \"zyx\", \"saw\", \"Zyx\"\n"))
    }
}

@Suite struct SeriesColumnTests {
    private func column(_ text: String, named name: String, otherThan other: String = "") throws -> SeriesColumn {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).csv")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try SeriesColumn(contentsOf: file.path, named: name, otherThan: other)
    }

    private let table = "month,spots,label\n1,2.5,0\n2,-3,1\n"

    @Test func theLastColumnIsReadUnlessOneIsNamed() throws {
        #expect(try column(table, named: "").values == [0, 1])
        #expect(try column(table, named: "", otherThan: "label").values == [2.5, -3])
        #expect(try column(table, named: "month", otherThan: "label").values == [1, 2])
    }

    @Test func descriptionNamesTheColumnAndTheFile() throws {
        let column = try column(table, named: "spots")
        #expect(column.description == "column \"spots\" of \"\(column.table.path!)\"")
    }

    @Test func aLastColumnWithoutNumbersIsRefusedWithTheWayToAnotherOne() {
        func isRefused(_ name: String, _ ending: String) {
            #expect {
                try column("spots,place\n1,here\n", named: name)
            } throws: {
                "\($0)".hasSuffix("line 2: place: expected a finite number, found \"here\"" + ending)
            }
        }
        isRefused("", " (no --column names another one)")
        isRefused("place", "")
    }

    @Test func tableOfLabelsAloneIsRefused() {
        #expect(throws: FileFormatError.self) { try column("label\n1\n", named: "", otherThan: "label") }
        #expect(throws: FileFormatError.self) { try column(table, named: "sun") }
    }
}
