import TapestryCommand

/// What a model is made with: it is saved with it.
struct ModelSettings: Codable {
    var layers = 1
    var embedding = 64
    var hidden = 512
}

/// What the command line sets.
struct Settings {
    var files = JobFiles()
    var text = ""
    var model = ModelSettings()
    var dropout = 0.4
    var batch = 32
    var window = 128
    var epochs = 12
    var learningRate = 0.003
    var prompt = ""
    var length = 600
    var temperature = 0.8
    var topCount = 0
    var topProbability = 1.0

    /// Whether there is a text to learn or to foretell: a loaded model writes without one.
    var readsText: Bool { files.load == nil || files.data != nil || !text.isEmpty || files.json != nil }

    static var options: CommandOptions<Settings> {
        var options = CommandOptions(
            program: "TextGeneration",
            summary: """
                Learns a text character by character and writes more of it. The last tenth is held out: how well it is \
                foretold is compared with what the frequencies of characters and of pairs foretell.
                """,
            defaults: Settings())
        options.job(\.files, data: "text file (default: a story that ships inside)")
        options.text(
            "--text", \.text,
            help: "learn this text by heart, holding nothing out: hello is the smallest case (default: none)")
        options.integer("--layers", \.model.layers, in: 1...64, help: "layers of the LSTM")
        options.integer("--embedding", \.model.embedding, in: 1...65_536, help: "size of a character's vector")
        options.integer("--hidden", \.model.hidden, in: 1...65_536, help: "units of each layer")
        options.number("--dropout", \.dropout, .halfOpen(0..<1), help: "share of the values dropped while training")
        options.integer("--batch", \.batch, in: 1...65_536, help: "stretches of the text that are read side by side")
        options.integer("--window", \.window, in: 1...1_000_000, help: "characters that a training step goes back over")
        options.integer("--epochs", \.epochs, in: 1...1_000_000, help: "times that the text is read")
        options.number("--learning-rate", \.learningRate, .positive, help: "greatest step size of Adam")
        options.text(
            "--prompt", \.prompt,
            help: "what the written text goes on from (default: the first held-out character, if any, or a new line)")
        options.integer("--length", \.length, in: 0...1_000_000, help: "characters to write")
        options.number("--temperature", \.temperature, .nonNegative, help: "0 writes the likeliest, 1 as it learned")
        options.integer("--top-k", \.topCount, in: 0...1_000_000, help: "draw from so many of the likeliest; 0 for all")
        options.number("--top-p", \.topProbability, .closed(0.001...1), help: "draw from the likeliest with this share")
        options.refuse("--text", with: "--data", because: "there can be only one text")
        options.restrictToTraining("--dropout", "--batch", "--window", "--epochs", "--learning-rate")
        return options
    }
}
