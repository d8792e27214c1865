import TapestryCommand

/// What a forecaster is made with: it is saved with it.
struct ModelSettings: Codable {
    var season = 12
    var window = 24
    var horizon = 12
    var hidden = 32
    var members = 4
}

/// What the command line sets.
struct Settings {
    var files = JobFiles()
    var column = ""
    var model = ModelSettings()
    var epochs = 400
    var learningRate = 0.003

    static var options: CommandOptions<Settings> {
        var options = CommandOptions(
            program: "Forecasting",
            summary: """
                Forecasts a series by an LSTM beside a linear autoregression, and compares it with the usual baselines \
                on the last fifth of the series.
                """,
            defaults: Settings())
        options.job(
            \.files, data: "CSV file with a header and a column of numbers (default: a series that is made up)")
        options.text("--column", \.column, help: "name of the column (default: the last one)")
        options.integer("--season", \.model.season, in: 1...100_000, help: "steps of a season")
        options.integer("--window", \.model.window, in: 1...100_000, help: "past values that a forecast is made from")
        options.integer("--horizon", \.model.horizon, in: 1...10_000, help: "steps ahead")
        options.integer("--hidden", \.model.hidden, in: 1...65_536, help: "units of the LSTM")
        options.integer("--members", \.model.members, in: 1...1000, help: "forecasters whose mean is taken")
        options.integer("--epochs", \.epochs, in: 1...1_000_000, help: "most passes over the windows")
        options.number("--learning-rate", \.learningRate, .positive, help: "step size of Adam")
        options.refuse("--column", without: "--data", because: "the series is made up")
        options.refuse("--seed", with: "--load", "--data", because: "nothing is drawn")
        options.restrictToTraining("--epochs", "--learning-rate")
        return options
    }
}
