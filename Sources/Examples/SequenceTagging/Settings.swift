import TapestryCommand

/// What a model is made with: it is saved with it.
struct ModelSettings: Codable {
    var embedding = 32
    var hidden = 32
}

/// What the command line sets.
struct Settings {
    var files = JobFiles()
    var sentences = 600
    var model = ModelSettings()
    var dropout = 0.3
    var batch = 16
    var epochs = 30
    var patience = 5
    var learningRate = 0.005
    var tag = ""

    /// Whether there are sentences to learn from and to be held out, rather than only words for a loaded model.
    var evaluates: Bool {
        files.load == nil || tag.isEmpty || files.data != nil || files.json != nil || files.isGiven("--sentences")
    }

    static var options: CommandOptions<Settings> {
        var options = CommandOptions(
            program: "SequenceTagging",
            summary: """
                Learns to mark the names in sentences, by an LSTM in both directions with a conditional random field on \
                top, and compares it with the same LSTM without one.
                """,
            defaults: Settings())
        options.job(
            \.files,
            data: "a word and its tag (O, B-kind, I-kind) a line, sentences apart by empty lines (default: made up)")
        options.integer("--sentences", \.sentences, in: 20...1_000_000, help: "made-up sentences to learn from")
        options.integer("--embedding", \.model.embedding, in: 1...65_536, help: "size of a word's vector")
        options.integer("--hidden", \.model.hidden, in: 1...65_536, help: "units of each direction")
        options.number("--dropout", \.dropout, .halfOpen(0..<1), help: "share of the values dropped while training")
        options.integer("--batch", \.batch, in: 1...65_536, help: "sentences of a training step")
        options.integer("--epochs", \.epochs, in: 1...1_000_000, help: "most passes over the sentences")
        options.integer("--patience", \.patience, in: 1...1_000_000, help: "epochs to wait for a better one")
        options.number("--learning-rate", \.learningRate, .positive, help: "step size of Adam")
        options.text("--tag", \.tag, help: "words, spaces apart, whose tags to tell (default: none)")
        options.restrictToTraining("--dropout", "--batch", "--epochs", "--patience", "--learning-rate")
        options.refuse("--sentences", with: "--data", because: "no sentences are made up")
        options.refuse(
            "--seed", with: "--load", "--tag", without: "--data", "--sentences", "--json", because: "nothing is drawn")
        return options
    }
}
