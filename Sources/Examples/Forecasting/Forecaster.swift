import Tapestry
import TapestryCommand

/// The next values of a scaled series from a window of its past, by a linear autoregression and an LSTM:
/// ŷ = A y + B h_T + b. The linear part beside the network keeps the scale of its input (LSTNet: G. Lai, W.-C. Chang,
/// Y. Yang and H. Liu, "Modeling long- and short-term temporal patterns with deep neural networks", 2018).
struct Forecaster: Module {
    var recurrent: LSTM<Float>
    var autoregression: Linear<Float>
    var output: Linear<Float>

    init(window: Int, hidden: Int, horizon: Int) {
        recurrent = LSTM(inputSize: 1, hiddenSize: hidden)
        autoregression = Linear(inputSize: window, outputSize: horizon)
        output = Linear(inputSize: hidden, outputSize: horizon).zerosLike
    }

    /// Begins with an autoregression, to which the LSTM adds nothing yet.
    init(_ start: Autoregression, hidden: Int) {
        let (rows, horizon) = (start.coefficients.shape[0], start.coefficients.shape[1])
        self.init(window: rows - 1, hidden: hidden, horizon: horizon)
        let coefficients = start.coefficients.converted(to: Tensor<Float>.self)
        autoregression.weights = coefficients.slice(axis: 0, 0..<rows - 1)
        autoregression.bias = coefficients.slice(axis: 0, at: rows - 1)
    }

    /// Forecasts `[windows, horizon]` from windows `[time, windows, 1]`.
    func callAsFunction(_ windows: Tensor<Float>) -> Tensor<Float> {
        let hidden = recurrent(windows).outputs.slice(axis: 0, at: -1)
        return autoregression(windows.squeezed(axes: [2]).transposed()) + output(hidden)
    }
}

/// Several forecasters, which differ in where they began. Their mean is steadier than any of them.
struct ForecasterEnsemble: Module {
    var members: [Forecaster]

    /// The mean of the members' forecasts, `[windows, horizon]`.
    func callAsFunction(_ windows: Tensor<Float>) -> Tensor<Float> {
        stack(members.map { $0(windows) }).mean(axes: [0])
    }
}

/// For how many epochs to wait for a better one.
private let patience = 60

/// Trains forecasters on the windows whose targets lie in a range; Ctrl-C ends it early.
///
/// - Parameters:
///   - validation: Where the targets lie that decide after how many epochs to stop; `nil` to go through all of them.
/// - Returns: the forecasters, and the number of epochs after which they were best, or of all.
func train(
    on values: [Double], targetsIn range: Range<Int>, validation: Range<Int>?, epochs: Int, _ settings: Settings
) -> (model: ForecasterEnsemble, epochs: Int) {
    let start = Autoregression(values, lags: settings.model.window, horizon: settings.model.horizon, fittedTo: range)
    var model = ForecasterEnsemble(
        members: (0..<settings.model.members).map { _ in Forecaster(start, hidden: settings.model.hidden) })
    var optimizer = AdamW(for: model, learningRate: settings.learningRate, weightDecay: WeightDecay(rate: 0.1))
    func windows(_ range: Range<Int>) -> SeriesWindows<Float> {
        SeriesWindows(values, length: settings.model.window, horizon: settings.model.horizon, targetsIn: range)
    }
    let training = windows(range), held = validation.map(windows)
    func loss(_ forecasts: Tensor<Float>, _ windows: SeriesWindows<Float>) -> Tensor<Float> {
        // The first step counts as much as all the others together.
        let errors = square(forecasts - windows.targets)
        return errors.slice(axis: 1, at: 0).mean() + errors.mean()
    }
    var best = (loss: held.map { loss(model($0.inputs), $0).scalar } ?? .infinity, model: model, epochs: 0)
    let progress = ProgressBar(total: epochs, unit: "windows", unitsPerStep: Double(training.positions.count))
    for epoch in (0..<epochs).map({ $0 + 1 }) {
        if Interrupt.isRequested || held != nil && epoch - best.epochs > patience { break }
        let (trainingLoss, gradient) = valueAndGradient(at: model) { model in
            // Each learns by itself.
            model.members.reduce(Tensor(0)) { $0 + loss($1(training.inputs), training) } / Float(model.members.count)
        }
        optimizer.update(&model, along: gradient.clipped(toNorm: 1))
        var figures: KeyValuePairs<String, Double> = ["loss": Double(trainingLoss.scalar)]
        if let held {
            let heldLoss = loss(model(held.inputs), held).scalar
            if heldLoss < best.loss { best = (heldLoss, model, epoch) }
            figures = ["loss": Double(trainingLoss.scalar), "held out": Double(heldLoss)]
        }
        progress.advance(figures: figures)
    }
    progress.finish()
    return held == nil ? (model, epochs) : (best.model, best.epochs)
}
