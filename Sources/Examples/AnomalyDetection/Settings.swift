import TapestryCommand

/// What a detector is made with: it is saved with it.
struct ModelSettings: Codable {
    var hidden = 32
    var quantile = 0.995
    var patience = 48
}

/// What the command line sets.
struct Settings {
    var files = JobFiles()
    var column = ""
    var label = ""
    var model = ModelSettings()
    var window = 96
    var batch = 32
    var steps = 600
    var learningRate = 0.005
    var top = 10

    static var options: CommandOptions<Settings> {
        var options = CommandOptions(
            program: "AnomalyDetection",
            summary: """
                Finds anomalies of a series: values far from what an LSTM foretells, one step ahead. It learns from the \
                first half; the next fifth says which errors are usual; the rest is searched.
                """,
            defaults: Settings())
        options.job(
            \.files, data: "CSV file with a header and a column of numbers (default: a made-up series with anomalies)")
        options.text(
            "--column", \.column,
            help: "name of the column (default: that of the loaded model, else the last one but the labels')")
        options.text(
            "--label", \.label,
            help: "name of a column of 1 for anomalies, else 0 (default: that of the loaded model, else none)")
        options.integer("--hidden", \.model.hidden, in: 1...65_536, help: "units of the LSTM")
        options.integer("--window", \.window, in: 8...100_000, help: "values that a training step goes back over")
        options.integer("--batch", \.batch, in: 1...65_536, help: "windows of a training step")
        options.integer("--steps", \.steps, in: 0...10_000_000, help: "training steps")
        options.number("--learning-rate", \.learningRate, .positive, help: "first step size of Adam")
        options.number(
            "--quantile", \.model.quantile, .closed(0.5...1),
            help: "share of the usual errors that is below the threshold")
        options.integer(
            "--patience", \.model.patience, in: 0...1_000_000,
            help: "anomalous values in a row after which the model has to believe them")
        options.integer("--top", \.top, in: 0...1_000_000, help: "anomalies to list, the strongest first")
        options.refuse("--column", "--label", without: "--data", because: "the series is made up")
        options.refuse("--seed", with: "--load", "--data", because: "nothing is drawn")
        options.restrictToTraining("--window", "--batch", "--steps", "--learning-rate")
        return options
    }
}
