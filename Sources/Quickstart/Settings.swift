import TapestryCommand

/// What the command line sets.
struct Settings {
    /// The recurrent cells to choose from.
    enum Cell: String, CaseIterable {
        case lstm, gru, rnn
    }

    var data: String?
    var cell = Cell.lstm
    var layers = 1
    var embedding = 64
    var hidden = 128
    var batch = 32
    var window = 100
    var learningRate = 0.002
    var steps = 1000
    var temperature = 0.7
    var seed: UInt64 = 1

    static var options: CommandOptions<Settings> {
        var options = CommandOptions(
            program: "Quickstart",
            summary: "Checks a recurrent cell, trains it on text, character by character, and lets it write.",
            defaults: Settings())
        options.path("--data", \.data, help: "text file to train on (default: a story that ships inside)")
        options.choice("--cell", \.cell, help: "recurrent cell")
        options.integer("--layers", \.layers, in: 1...64, help: "layers of the cell")
        options.integer("--embedding", \.embedding, in: 1...65_536, help: "size of a character's vector")
        options.integer("--hidden", \.hidden, in: 1...65_536, help: "units of each layer")
        options.integer("--batch", \.batch, in: 1...65_536, help: "windows of text in a training step")
        options.integer("--window", \.window, in: 1...1_000_000, help: "characters in a window")
        options.number("--learning-rate", \.learningRate, .positive, help: "step size of Adam")
        options.integer("--steps", \.steps, in: 1...1_000_000_000, help: "training steps")
        options.number("--temperature", \.temperature, .positive, help: "of the sample: low is careful, high is bold")
        options.integer("--seed", \.seed, in: 0...UInt64.max, help: "seed of all random numbers")
        return options
    }
}
