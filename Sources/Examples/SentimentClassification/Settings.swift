import TapestryCommand

/// What a model is made with: it is saved with it.
struct ModelSettings: Codable {
    var embedding = 64
    var hidden = 64
}

/// What the command line sets.
struct Settings {
    var files = JobFiles()
    var test: String?
    var validation: String?
    var vectors: String?
    var classify = ""
    var trace = ""
    var minimumCount = 2
    var model = ModelSettings()
    var dropout = 0.5
    var wordDropout = 0.3
    var batch = 32
    var epochs = 30
    var patience = 4
    var learningRate = 0.001

    /// Whether there are sentences to learn from or to be held out, rather than only questions to a loaded model.
    var evaluates: Bool {
        files.load == nil || classify.isEmpty && trace.isEmpty || files.data != nil || files.json != nil || test != nil
    }

    static var options: CommandOptions<Settings> {
        var options = CommandOptions(
            program: "SentimentClassification",
            summary: """
                Learns from labelled sentences to tell the label of others, by an LSTM that reads each in both directions, \
                and compares it with naive Bayes on sentences that are held out.
                """,
            defaults: Settings())
        options.job(
            \.files,
            data: "lines of a sentence, a tab and its label, or of a bracketed tree, to learn from (default: made up)")
        options.path("--test", \.test, help: "sentences to tell the label of (default: a tenth of the data)")
        options.path("--validation", \.validation, help: "sentences to stop by (default: a tenth)")
        options.path("--vectors", \.vectors, help: "vectors to begin with, in GloVe's text format (default: none)")
        options.text("--classify", \.classify, help: "a sentence whose label to tell (default: none)")
        options.text(
            "--trace", \.trace, help: "a short sentence, to show gates and states word by word (default: none)")
        options.integer("--minimum-count", \.minimumCount, in: 1...1_000_000, help: "how often known words occur")
        options.integer("--embedding", \.model.embedding, in: 1...65_536, help: "size of a word's vector")
        options.integer("--hidden", \.model.hidden, in: 1...65_536, help: "units of each direction")
        options.number("--dropout", \.dropout, .halfOpen(0..<1), help: "share of the values dropped while training")
        options.number("--word-dropout", \.wordDropout, .halfOpen(0..<1), help: "share of the words made unknown then")
        options.integer("--batch", \.batch, in: 1...65_536, help: "sentences of a training step")
        options.integer("--epochs", \.epochs, in: 1...1_000_000, help: "most passes over the sentences")
        options.integer("--patience", \.patience, in: 1...1_000_000, help: "epochs to wait for a better one")
        options.number("--learning-rate", \.learningRate, .positive, help: "step size of Adam")
        options.restrictToTraining(
            "--vectors", "--minimum-count", "--dropout", "--word-dropout", "--batch", "--epochs", "--patience",
            "--learning-rate")
        options.refuse("--validation", with: "--load", without: "--data", because: "there is nothing to stop")
        for question in ["--classify", "--trace"] {
            options.refuse(
                "--seed", with: "--load", question, without: "--data", "--test", "--json", because: "nothing is drawn")
        }
        options.refuse("--seed", with: "--load", "--test", without: "--data", because: "nothing is drawn")
        return options
    }
}
