import Foundation

/// Shows how far a loop is: the share done, figures such as the loss, the speed and the time left.
///
/// ```swift
/// let progress = ProgressBar(total: steps, unit: "characters", unitsPerStep: Double(batch * window))
/// for step in 0..<steps {
///     …
///     progress.advance(figures: ["loss": loss])
/// }
/// progress.finish()
/// ```
///
/// On a terminal it is one line, redrawn at most ten times a second, and less often if its figures take long; elsewhere
/// it is a plain line for every tenth that is done, or every 10 seconds where a tenth takes longer (see
/// ``ProgressOutput``). A loop that is left early, by an interrupt or an error, leaves the line as far as it came. Of a
/// loop without any steps nothing is shown.
///
/// Speed and time left follow the last seconds: with age a, a step counts exp(−a / 10 s), so the rate is
/// Σ units · exp(−a / 10 s) ÷ Σ seconds · exp(−a / 10 s). The last line gives the mean over the whole loop instead.
public final class ProgressBar {
    private let total: Int
    private let unit: String
    private let unitsPerStep: Double
    private let output: ProgressOutput
    private let clock: () -> ContinuousClock.Instant

    private let start: ContinuousClock.Instant
    private var lastAdvance: ContinuousClock.Instant
    private var lastShown: ContinuousClock.Instant
    private var lastTenth = 0
    private var drawingTime = Duration.zero

    private var completed = 0
    private var figures: () -> [ProgressState.Figure] = { [] }
    private var units = 0.0
    private var recent = Pace()
    private var isFinished = false

    /// Starts the clock, and on a terminal draws the empty bar.
    ///
    /// - Parameters:
    ///   - total: The steps of the whole loop, at least 0.
    ///   - unit: What the speed counts, in the plural: `characters` is shown as `45.9k characters/s`.
    ///   - unitsPerStep: How many of them a step does.
    ///   - output: Where and how the progress is shown.
    ///   - clock: The time now.
    public init(
        total: Int, unit: String = "steps", unitsPerStep: Double = 1, output: ProgressOutput = .standardError,
        clock: @escaping () -> ContinuousClock.Instant = { .now }
    ) {
        guard total >= 0 else { fatalError("ProgressBar: total: \(total) steps, expected at least 0") }
        self.total = total
        self.unit = unit
        self.unitsPerStep = unitsPerStep
        self.output = output
        self.clock = clock
        start = clock()
        lastAdvance = start
        lastShown = start
        if case .line = output.style { draw() }
    }

    deinit { finish() }

    /// Counts steps as done and shows it if it is time to. Has no effect after ``finish()``.
    ///
    /// - Parameters:
    ///   - steps: How many steps were done.
    ///   - units: How many units they did, where that is not `unitsPerStep` for each.
    ///   - figures: Names and values to show. Without any, the last ones stay.
    public func advance(by steps: Int = 1, units: Double? = nil, figures: KeyValuePairs<String, Double> = [:]) {
        if figures.isEmpty {
            advance(by: steps, units: units, showing: self.figures)
        } else {
            advance(by: steps, units: units) {
                figures.map { ProgressState.Figure(name: $0.key, value: $0.value) }
            }
        }
    }

    /// Counts steps as done, with figures that are computed when they are shown.
    func advance(by steps: Int = 1, units: Double? = nil, showing figures: @escaping () -> [ProgressState.Figure]) {
        guard !isFinished else { return }
        let now = clock()
        let units = units ?? Double(steps) * unitsPerStep
        let seconds = (now - lastAdvance) / .seconds(1)
        recent.fade(over: seconds)
        recent.add(steps: steps, units: units, seconds: seconds)
        lastAdvance = now
        completed += steps
        self.units += units
        self.figures = figures

        switch output.style {
        // Figures of all that an epoch has had so far may take long: no more than a twentieth of the time is theirs.
        case .line: if now - lastShown >= max(.milliseconds(100), drawingTime * 20) { draw() }
        case .plain(let interval): if isLineDue(now, interval) { draw() }
        }
    }

    /// Writes a line of text where the progress is shown, above the bar.
    public func note(_ line: String) {
        switch output.style {
        case .plain: output.write(line + "\n")
        case .line:
            output.write("\r\u{1B}[K" + line + "\n")
            if !isFinished { draw() }
        }
    }

    /// Shows how far the loop came, its mean speed and its whole time, and ends the line. A second call has no effect.
    public func finish() {
        guard !isFinished else { return }
        isFinished = true
        draw()
        if case .line = output.style, !hasNoSteps { output.write("\n") }
    }

    /// Whether a plain line is to be written. The last step's is left to ``finish()``.
    private func isLineDue(_ now: ContinuousClock.Instant, _ interval: Duration) -> Bool {
        guard completed < total else { return false }
        return completed * 10 / total > lastTenth || now - lastShown >= interval
    }

    /// Whether there is nothing to show.
    private var hasNoSteps: Bool { max(total, completed) == 0 }

    private func draw() {
        if hasNoSteps { return }
        let begin = clock()
        defer { drawingTime = clock() - begin }
        lastShown = lastAdvance
        lastTenth = completed * 10 / max(1, total)
        switch output.style {
        case .line(let glyphs, let columns):
            // The last column stays free: a character there makes some terminals wrap the line.
            output.write("\r" + state.line(width: columns() - 1, glyphs: glyphs) + "\u{1B}[K")
        case .plain:
            output.write(state.plainLine + "\n")
        }
    }

    private var state: ProgressState {
        var state = ProgressState(
            total: total, completed: completed, figures: figures(), rate: recent.unitsPerSecond, unit: unit,
            time: recent.secondsPerStep.map { .left(seconds: $0 * Double(max(0, total - completed))) })
        if isFinished {
            let seconds = (clock() - start) / .seconds(1)
            state.rate = seconds > 0 ? units / seconds : nil
            state.time = .taken(seconds: seconds)
        }
        return state
    }
}

/// Steps, units and seconds that are counted together, so that their ratios are means.
private struct Pace {
    private var steps = 0.0
    private var units = 0.0
    private var seconds = 0.0

    var unitsPerSecond: Double? { seconds > 0 ? units / seconds : nil }
    var secondsPerStep: Double? { steps > 0 && seconds > 0 ? seconds / steps : nil }

    mutating func add(steps: Int, units: Double, seconds: Double) {
        self.steps += Double(steps)
        self.units += units
        self.seconds += seconds
    }

    /// Lets what was counted so far weigh less, as it has aged by `age` seconds.
    mutating func fade(over age: Double) {
        let weight = exp(-age / 10)
        steps *= weight
        units *= weight
        seconds *= weight
    }
}
