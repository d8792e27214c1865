import Tapestry
import TapestryCommand

/// Foretells the next value of a scaled series from all before it: ŷₜ₊₁ = yₜ + A hₜ + b.
struct Forecaster: Module {
    var recurrent: LSTM<Float>
    var output: Linear<Float>

    init(hidden: Int) {
        recurrent = LSTM(inputSize: 1, hiddenSize: hidden)
        output = Linear(inputSize: hidden, outputSize: 1)
    }

    /// For each value of `[time, batch, 1]` a forecast of the one after it.
    func callAsFunction(_ values: Tensor<Float>) -> Tensor<Float> {
        values + output(recurrent(values).outputs)
    }

    /// One step: the forecast after a value, and what is to be remembered.
    func next(_ value: Double, _ state: LSTMState<Float>?) -> (forecast: Double, state: LSTMState<Float>) {
        let (hidden, state) = recurrent.step(Tensor(shape: [1, 1], scalars: [Float(value)]), state)
        return (value + Double(output(hidden).scalar), state)
    }
}

/// Trains a forecaster on windows from random places of a scaled series; Ctrl-C ends it early.
func train(on values: [Double], _ settings: Settings) -> Forecaster {
    var model = Forecaster(hidden: settings.model.hidden)
    var optimizer = Adam(for: model, learningRate: settings.learningRate)
    let schedule = CosineDecay(from: settings.learningRate, steps: max(settings.steps, 1))
    let progress = ProgressBar(
        total: settings.steps, unit: "values", unitsPerStep: Double(settings.batch * settings.window))
    // The first forecasts of a window are made without having seen much, and are not counted.
    let counted = settings.window / 4..<settings.window
    for step in 0..<settings.steps where !Interrupt.isRequested {
        optimizer.learningRate = schedule.rate(at: step)
        let starts = RandomSource.current.integers(below: values.count - settings.window, count: settings.batch)
        let scalars = (0...settings.window).flatMap { step in starts.map { Float(values[$0 + step]) } }
        let series = Tensor(shape: [settings.window + 1, settings.batch, 1], scalars: scalars)
        let targets = series.slice(axis: 0, 1..<settings.window + 1).slice(axis: 0, counted)
        let (loss, gradient) = valueAndGradient(at: model) { model in
            let forecasts = model(series.slice(axis: 0, 0..<settings.window))
            return meanSquaredError(forecasts.slice(axis: 0, counted), targets)
        }
        optimizer.update(&model, along: gradient.clipped(toNorm: 1))
        progress.advance(figures: ["loss": Double(loss.scalar)])
    }
    progress.finish()
    return model
}
