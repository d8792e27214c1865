import TapestryCommand

/// What models are made with: it is saved with them.
struct ModelSettings: Codable {
    var problem = Problem.adding
    var hidden = 64
}

/// What the command line sets.
struct Settings {
    var files = JobFiles()
    var model = ModelSettings()
    var cells = ["rnn", "gru", "lstm"].compactMap { CellChoice(rawValue: $0) }
    var length = 100
    var batch = 32
    var steps = 1200
    var learningRate = 0.01

    static var options: CommandOptions<Settings> {
        var options = CommandOptions(
            program: "LongMemory",
            summary: """
                Trains recurrent cells side by side on problems that can only be solved by remembering something for many \
                steps, and shows how much of the gradient reaches early steps.
                """,
            defaults: Settings())
        options.choice("--problem", \.model.problem, help: "what to solve")
        options.choices("--cells", \.cells, help: "cells to compare")
        options.integer("--length", \.length, in: 4...100_000, help: "steps of a sequence, or between what is copied")
        options.integer("--hidden", \.model.hidden, in: 4...65_536, help: "units of a cell")
        options.integer("--batch", \.batch, in: 1...65_536, help: "sequences of a training step")
        options.integer("--steps", \.steps, in: 0...10_000_000, help: "training steps of each cell")
        options.number("--learning-rate", \.learningRate, .positive, help: "first step size of Adam")
        options.job(\.files, data: nil)
        options.restrictToTraining("--batch", "--steps", "--learning-rate")
        return options
    }
}
