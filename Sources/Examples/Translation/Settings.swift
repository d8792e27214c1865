import TapestryCommand

/// How the decoder sees what the encoder made of a sentence, beside attention.
enum ContextUse: String, CaseIterable, Codable {
    /// The encoder's final state is the decoder's first one (I. Sutskever, O. Vinyals and Q. V. Le, 2014).
    case first
    /// The encoder's last output is a part of the decoder's input at every step.
    case every
    /// Both (K. Cho et al., 2014).
    case both
}

/// How the decoder chooses what to look at in the source sentence.
enum AttentionKind: String, CaseIterable, Codable {
    case none
    /// D. Bahdanau, K. Cho and Y. Bengio, 2015.
    case additive
    /// The general form of M.-T. Luong, H. Pham and C. D. Manning, 2015.
    case multiplicative
}

/// What a model is made with: it is saved with it.
struct ModelSettings: Codable {
    var context = ContextUse.first
    var attention = AttentionKind.multiplicative
    var embedding = 128
    var hidden = 256
}

/// What the command line sets.
struct Settings {
    var files = JobFiles()
    var model = ModelSettings()
    var teacherForcing = 1.0
    var dropout = 0.5
    var batch = 64
    var epochs = 30
    var learningRate = 0.003
    var beam = 4
    var minimumCount = 2
    var sentence = ""

    /// Whether sentences that are held out are translated, rather than only the one that is given to a loaded model.
    var evaluates: Bool { files.load == nil || sentence.isEmpty || files.data != nil || files.json != nil }

    static var options: CommandOptions<Settings> {
        var options = CommandOptions(
            program: "Translation",
            summary: """
                Learns to translate from pairs of sentences, and is judged by BLEU on sentences that it has not seen, \
                beside a translation word by word and that of the most similar sentence.
                """,
            defaults: Settings())
        options.job(
            \.files,
            data: "file of sentence pairs with a tab between them, and perhaps more columns (default: a made-up one)")
        options.choice("--context", \.model.context, help: "when the decoder gets the encoder's state")
        options.choice("--attention", \.model.attention, help: "attention to the source sentence")
        options.number(
            "--teacher-forcing", \.teacherForcing, .closed(0...1),
            help: "share of the batches in which the decoder sees the right words rather than its own")
        options.integer("--embedding", \.model.embedding, in: 1...65_536, help: "size of a word's vector")
        options.integer("--hidden", \.model.hidden, in: 1...65_536, help: "units of encoder and decoder")
        options.number("--dropout", \.dropout, .halfOpen(0..<1), help: "share of the values dropped while training")
        options.integer("--batch", \.batch, in: 1...65_536, help: "pairs of a training step")
        options.integer("--epochs", \.epochs, in: 1...1_000_000, help: "times that the pairs are read")
        options.number("--learning-rate", \.learningRate, .positive, help: "first step size of Adam")
        options.integer("--beam", \.beam, in: 1...1000, help: "width of the beam search")
        options.integer(
            "--minimum-count", \.minimumCount, in: 1...1_000_000, help: "how often a word is in the source to be known")
        options.text("--sentence", \.sentence, help: "translate this (default: a sentence that was held out)")
        options.restrictToTraining(
            "--teacher-forcing", "--dropout", "--batch", "--epochs", "--learning-rate", "--minimum-count")
        options.refuse(
            "--seed", with: "--load", "--sentence", without: "--data", "--json", because: "nothing is drawn")
        return options
    }
}
