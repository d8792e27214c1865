import Foundation
import TapestryAutograd
import TapestryCommand
import TapestryFiles
import TapestryLayers
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
    options.refuse(
        "--seed", with: "--load", "--name", without: "--data", "--json", "--column", because: "nothing is drawn")
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
        (["--save", "s", "--load", "m"], "--save: of no use with --load: a loaded model is not trained"),
        (
            ["--name", "n", "--load", "m", "--seed", "1"],
            "--seed: of no use with --load and --name without --data, --json or --column: nothing is drawn"
        ),
    ])
    func theOptionAndTheReasonAreNamed(arguments: [String], message: String) {
        #expect(throws: CommandError(message)) { try settings(arguments) }
    }

    @Test(arguments: [
        ["--epochs", "3"], ["--load", "m", "--hidden", "3", "--seed", "4"], ["--column", "x", "--data", "d"],
        ["--validation", "v"], ["--validation", "v", "--load", "m", "--data", "d"],
        ["--validation", "v", "--data", "d"], ["--seed", "3", "--load", "m"], ["--seed", "3", "--name", "n"],
        ["--seed", "3", "--name", "n", "--load", "m", "--json", "j"],
    ])
    func optionsThatDoSomethingAreTaken(arguments: [String]) throws {
        _ = try settings(arguments)
    }

    @Test func usageSaysWhichOptionsAreOfNoUse() {
        let text = """
              --help             show this text and exit

            Of no use with --load, as a loaded model is not trained: --save, --epochs,
            --batch.

            Of no use without --data, as the series is made up: --column.

            Of no use with --load without --data, as there is nothing to stop: --validation.

            Of no use with --load and --name without --data, --json or --column, as nothing
            is drawn: --seed.

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

    @Test func refusalThatDependsOnNothingTraps() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var options = makeOptions()
            options.refuse("--epochs", because: "it is so")
        }
        let output = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(output.contains(#"CommandOptions: ["--epochs"] would be refused always"#))
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
        #expect(!files.isGiven("--rate"))
        #expect(!JobFiles().isGiven("--rate"))
    }

    @Test func askingForAnOptionThatIsNotDeclaredTraps() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = try settings(["--hidden", "3"]).files.isGiven("--hiden")
        }
        let output = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(output.contains("JobFiles: isGiven: --hiden is not declared"))
    }

    @Test func outputThatIsNoOptionForAPathTraps() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            try makeOptions().checkOutputs("--save", "--rate", in: try settings([]))
        }
        let output = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(output.contains("CommandOptions: checkOutputs: --rate is no option for a path"))
    }

    @Test(arguments: [
        ([], 16, 0.25), (["--rate", "0.75"], 16, 0.75), (["--rate", "0.25", "--hidden", "16"], 16, 0.25),
        (["--rate", "0.5"], 16, 0.5),
    ])
    func whatWasGivenOfAFreeOptionIsKept(arguments: [String], hidden: Int, rate: Double) throws {
        var settings = try settings(arguments)
        try makeOptions().adopt(saved, as: \.model, in: &settings, from: "m", free: "--rate")
        #expect(settings.model == ModelSettings(hidden: hidden, rate: rate, name: "gru"))
    }

    @Test func freeOptionsDoNotFreeOthers() throws {
        var settings = try settings(["--rate", "1", "--hidden", "3"])
        #expect(throws: CommandError(#"--hidden: 3 was given, but "m" has 16"#)) {
            try makeOptions().adopt(saved, as: \.model, in: &settings, from: "m", free: "--rate")
        }
    }

    @Test func freeOptionThatIsNotDeclaredTraps() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var settings = try settings([])
            try makeOptions().adopt(ModelSettings(), as: \.model, in: &settings, from: "m", free: "--rat")
        }
        let output = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(output.contains("JobFiles: adopt: --rat is not declared"))
    }

    @Test func pathThatTheFileDoesNotHaveIsNone() throws {
        let options = makeOptions()
        var unset = try settings([])
        try options.adopt("v", as: \.validation, in: &unset, from: "m")
        #expect(unset.validation == "v")
        try options.adopt(nil, as: \.validation, in: &unset, from: "m")
        #expect(unset.validation == nil)
        var given = try settings(["--validation", "v"])
        #expect(throws: CommandError(#"--validation: v was given, but "m" has none"#)) {
            try options.adopt(nil, as: \.validation, in: &given, from: "m")
        }
        #expect(throws: FileFormatError(path: "m", reason: #"--validation: expected a path, got """#)) {
            try options.adopt("", as: \.validation, in: &unset, from: "m")
        }
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

/// What a program saves says which program it was.
@Suite final class SavedModelTests {
    private struct Plan: Codable, Equatable { var words: [String] }

    private let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors").path
    private let plan = Plan(words: ["a", "b"])

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private func save(as program: String, _ plan: some Encodable, loaded: String? = nil) throws {
        var files = JobFiles()
        (files.save, files.load) = (path, loaded)
        try CommandOptions(program: program, summary: "", defaults: 0)
            .finishTraining(Tensor<Float>([1, 2]), plan: plan, files)
    }

    private func loaded() throws -> Plan {
        try CommandOptions(program: "Job", summary: "", defaults: 0).plan(inFile: path)
    }

    private func isRefused(_ reason: String) {
        #expect(throws: FileFormatError(path: path, reason: reason)) { try loaded() }
    }

    @Test func planAndTensorsAreRead() throws {
        try save(as: "Job", plan)
        #expect(try loaded() == plan)
        var model = Tensor<Float>([0, 0])
        try model.load(from: path)
        #expect(model.scalars == [1, 2])
    }

    @Test func nothingIsWrittenOfAModelThatWasLoaded() throws {
        try save(as: "Job", plan, loaded: "m")
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    /// Nothing looks at requests to end early any more, so a signal has to end the program.
    @Test func signalsEndTheProgramOnceAModelIsTrained() async {
        await #expect(processExitsWith: .signal(SIGINT)) {
            signal(SIGINT, SIG_DFL)
            Interrupt.install()
            try CommandOptions(program: "Job", summary: "", defaults: 0)
                .finishTraining(Tensor<Float>([1]), plan: 0, JobFiles())
            kill(getpid(), SIGINT)
            sleep(1)
            exit(1)
        }
    }

    @Test func modelOfAnotherProgramIsCalledSo() throws {
        // Whether the plan could be read or not.
        try save(as: "Translation", plan)
        isRefused("it holds a model of Translation, not one of Job")
        try save(as: "Translation", ["sizes": 3])
        isRefused("it holds a model of Translation, not one of Job")
    }

    @Test func planOfAnotherFormIsOfAnotherVersion() throws {
        try save(as: "Job", ["sizes": 3])
        isRefused("it holds a model of another version of Job")
    }

    @Test(arguments: [[:], ["plan": "{}"], ["plan": "no JSON"], ["model": "{}"]])
    func otherTensorsAreNoModel(metadata: [String: String]) throws {
        try Tensor<Float>([1, 2]).save(to: path, metadata: metadata)
        isRefused("it holds tensors, but no model that --save of Job wrote")
    }

    @Test func whatIsWrongWithTheFileItselfIsSaid() throws {
        #expect(throws: FileFormatError(path: path, reason: "there is no such file")) { try loaded() }
    }
}

/// What a program writes takes the place of no file that it was given.
@Suite struct OutputTests {
    private func check(_ arguments: [String]) throws {
        try makeOptions().checkOutputs("--json", "--save", in: settings(arguments))
    }

    @Test(arguments: [
        (["--json", "j", "--save", "./j"], #"--json: "j" is the file of --save as well"#),
        (["--save", "d/../m", "--validation", "m"], #"--save: "d/../m" is the file of --validation as well"#),
        (["--data", "m", "--json", "m", "--load", "m"], #"--json: "m" is the file of --data as well"#),
    ])
    func aFileThatWouldBeLostIsRefused(arguments: [String], message: String) {
        #expect(throws: CommandError(message)) { try check(arguments) }
    }

    @Test func aLinkDoesNotHideIt() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (file, link) = (folder.appending(path: "model"), folder.appending(path: "link"))
        try Data().write(to: file)
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
        #expect(throws: CommandError.self) { try check(["--json", link.path, "--load", file.path]) }
        // Where the file itself is still to be made.
        let inside = folder.appending(path: "inside")
        try FileManager.default.createSymbolicLink(at: inside, withDestinationURL: folder)
        #expect(throws: CommandError.self) {
            try check(["--json", inside.path + "/new", "--save", folder.path + "/new"])
        }
    }

    @Test func othersAreTaken() throws {
        try check(["--json", "/dev/null", "--save", "/dev/null"])
        try check(["--data", "m", "--load", "m"])
        try check(["--json", "j", "--save", "m"])
        try check([])
    }

    @Test func aFileThatCannotBeWrittenIsRefused() {
        #expect(throws: OutputFileError(path: "no/such/j", reason: "there is no such folder")) {
            try check(["--json", "no/such/j"])
        }
    }
}

/// Whether a loaded model is judged on other data than it was trained on, nobody knows but the user.
@Suite struct SampleNoteTests {
    @Test func aLoadedModelWithoutDataIsJudgedOnTheSample() async throws {
        let result = try await #require(processExitsWith: .exitCode(0), observing: [\.standardOutputContent]) {
            for (data, load) in [(nil, nil), ("d", nil), ("d", "m"), (nil, "m")] as [(String?, String?)] {
                var files = JobFiles()
                (files.data, files.load) = (data, load)
                files.noteSample("apples of \(data ?? "-") \(load ?? "-")")
                files.noteSplit(sample: "pears of \(data ?? "-") \(load ?? "-")")
            }
            exit(0)
        }
        let output = String(decoding: result.standardOutputContent, as: UTF8.self)
        #expect(
            output.split(separator: "\n").filter { $0.contains("judged") } == [
                "No --data is given: the model is judged on apples of - m, whatever it was trained on.",
                "No --data is given: the model is judged on pears of - m, whatever it was trained on.",
            ])
        #expect(output.components(separatedBy: "The model was trained before").count == 3)
    }
}

@Suite struct DataErrorTests {
    @Test func theFileIsNamedOrWhatTakesItsPlace() {
        var files = JobFiles()
        let made = files.dataError("too short", at: "line 2", withoutFile: "--text")
        #expect(made as? CommandError == CommandError("--text: line 2: too short"))
        files.data = "d.csv"
        let read = files.dataError("too short", at: "line 2", withoutFile: "--text")
        #expect(read as? FileFormatError == FileFormatError(path: "d.csv", place: "line 2", reason: "too short"))
    }
}

@Suite struct TableTests {
    @Test func columnsAreAsWideAsTheirWidestCells() {
        let rows = [
            ["cell", "", "error"], ["lstm-with-a-long-name", "before", "0.5"], ["gru", "after", "12345678.5"],
        ]
        #expect(
            table(rows, textColumns: 2) == """
                  cell                                error
                  lstm-with-a-long-name  before         0.5
                  gru                    after   12345678.5
                """)
        #expect(table([["name", "a"], ["x"], ["y", "10", "z"]]) == "  name   a\n  x\n  y     10  z")
    }

    @Test func numbersThatAreNoneAreDashes() {
        #expect(0.12345.text(decimals: 3) == "0.123" && (-2.0).text(decimals: 0) == "-2")
        #expect(0.9996.percentage() == "100.0 %" && 0.5.percentage(decimals: 0) == "50 %")
        #expect(Double.nan.text(decimals: 2) == "–" && (-Double.nan).percentage() == "–")
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
    private func column(
        _ text: String, named name: String, labels: String = "", needsLabels: Bool = true,
        because reason: String? = nil,
        suffix: String = "csv"
    ) throws -> SeriesColumn {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).\(suffix)")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try SeriesColumn(
            contentsOf: file.path, named: name, labels: labels, labelOption: "--known", needsLabels: needsLabels,
            because: reason)
    }

    private let table = "month,spots,label\n1,2.5,0\n2,-3,1\n"

    @Test func theLastColumnIsReadUnlessOneIsNamed() throws {
        #expect(try column("month,spots\n1,2.5\n2,-3\n", named: "").values == [2.5, -3])
        #expect(try column(table, named: "", labels: "label").values == [2.5, -3])
        #expect(try column(table, named: "month", labels: "label").values == [1, 2])
    }

    @Test(arguments: [
        // Only 0 and 1, whatever it is called.
        ("spots,storm\n2.5,0\n-3,1\n", "storm", ""), ("spots,storm,why\n2.5,0,1.0\n-3,1,0\n", "why", "storm"),
        // Called so, whatever it holds.
        ("spots,is_Anomaly\n2.5,0\n-3,7\n", "is_Anomaly", ""), ("spots,Labels\n2.5,3\n-3,7\n", "Labels", ""),
    ])
    func aLastColumnThatLooksLikeLabelsIsRefused(text: String, name: String, labels: String) {
        #expect {
            try column(text, named: "", labels: labels)
        } throws: {
            "\($0)".hasSuffix(
                "\(name): the last column looks like labels, beside other numbers: give --column for the series, "
                    + "--known for labels")
        }
    }

    /// Days with rain and without are a series, if they are all that there is, or asked for.
    @Test(arguments: [
        ("day,rain\nMonday,1\nTuesday,0\n", "", ""), ("day,rain\n1,1\n2,0\n", "rain", ""),
        ("rain,label\n1,1\n0,0\n", "", "label"), ("label\n1\n0\n", "", ""),
    ])
    func aSeriesOfZerosAndOnesIsRead(text: String, name: String, labels: String) throws {
        #expect(try column(text, named: name, labels: labels).values == [1, 0])
    }

    /// Spreadsheets separate by semicolons where the comma is the decimal one.
    @Test func otherSeparatorsAreRecognized() throws {
        #expect(try column("month;spots\n1;2,5\n2;-3\n", named: "").values == [2.5, -3])
        #expect(try column("month;spots\n1;2.5\n2;-3\n", named: "spots").values == [2.5, -3])
        #expect(try column("month\tspots\n1\t2.5\n", named: "month").values == [1])
    }

    /// The format of a program's table cannot be given, so no word of Swift is in what is said of it.
    @Test func whatIsWrongWithARecognizedFormatIsSaid() {
        func isRefused(_ text: String, _ name: String, suffix: String = "csv", _ ending: String) {
            #expect { try column(text, named: name, suffix: suffix) } throws: { "\($0)".hasSuffix(ending) }
        }
        isRefused(
            "month;spots\n1;2,5\n2;3.5\n", "spots",
            #"line 2: spots: expected a finite number, found "2,5"; it has a decimal comma, and the table is read "#
                + "with decimal points")
        let seems = "; the table seems to have commas between fields, not tabs, which its name stands for"
        isRefused(
            "month,spots\n1,2.5\n", "spots", suffix: "tsv",
            #"there is no column "spots", the header has "month,spots""# + seems)
        isRefused(
            "month,spots\n1,2\n", "", suffix: "tsv",
            #"month,spots: expected a finite number, found "1,2""# + seems + " (no --column names another one)")
    }

    @Test func columnsThatWereNotGivenSayWhy() throws {
        #expect { try column(table, named: "sun", because: "it was so") } throws: {
            "\($0)".hasSuffix(#"the header has "month", "spots", "label" (it was so)"#)
        }
        #expect { try column(table, named: "sun") } throws: { "\($0)".hasSuffix(#""label""#) }
        // Labels that need not be there are found where they are.
        #expect(try column(table, named: "", labels: "label", needsLabels: false).labels == "label")
        #expect(try column(table, named: "spots", labels: "known", needsLabels: false).labels == nil)
        #expect(try column(table, named: "spots").labels == nil)
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
        #expect { try column(table, named: "", labels: "lable") } throws: {
            "\($0)".hasSuffix("there is no column \"lable\", the header has \"month\", \"spots\", \"label\"")
        }
        #expect { try column("1.5,2\n3,4\n", named: "") } throws: {
            "\($0)".hasSuffix("line 1: expected the names of the columns, found numbers alone")
        }
        #expect(throws: FileFormatError.self) { try column("label\n1\n", named: "", labels: "label") }
        #expect(throws: FileFormatError.self) { try column(table, named: "sun") }
    }
}
