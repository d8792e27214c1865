import Testing

@testable import TapestryTraining

private let blocks = ProgressState.Glyphs(usesBlocks: true, usesColor: false)
private let ascii = ProgressState.Glyphs(usesBlocks: false, usesColor: false)

private func makeState(
    completed: Int = 420, total: Int = 1000, loss: Double = 1.73124, rate: Double? = 45_900,
    time: ProgressState.Time? = .left(seconds: 12.4)
) -> ProgressState {
    ProgressState(
        total: total, completed: completed,
        figures: [.init(name: "loss", value: loss), .init(name: "norm", value: 0.25)], rate: rate,
        unit: "characters", time: time)
}

@Suite struct ProgressStateTests {
    @Test(arguments: [
        (
            200,
            " 42 % |████████████████▊                       |"
                + "   420/1000  loss 1.7312  norm 0.2500  45.9k characters/s  0:12 left"
        ),
        (90, " 42 % |█████▉        |   420/1000  loss 1.7312  norm 0.2500  45.9k characters/s  0:12 left"),
        (84, " 42 % |███▎    |   420/1000  loss 1.7312  norm 0.2500  45.9k characters/s  0:12 left"),
        (83, " 42 % |███████▌          |  loss 1.7312  norm 0.2500  45.9k characters/s  0:12 left"),
        (73, " 42 % |███▎    |  loss 1.7312  norm 0.2500  45.9k characters/s  0:12 left"),
        (72, " 42 % |███████████▎               |  loss 1.7312  norm 0.2500  0:12 left"),
        (53, " 42 % |███▎    |  loss 1.7312  norm 0.2500  0:12 left"),
        (52, " 42 % |███████▌          |  loss 1.7312  norm 0.2500"),
        (42, " 42 % |███▎    |  loss 1.7312  norm 0.2500"),
        (41, " 42 %  loss 1.7312  norm 0.2500"),
        (31, " 42 %  loss 1.7312  norm 0.2500"),
        (30, " 42 %  loss 1.7312"),
        (18, " 42 %  loss 1.7312"),
        (17, " 42 %"),
        (3, " 42"),
        (0, ""),
        (-1, ""),
    ])
    func lineFitsTheWidth(width: Int, line: String) {
        #expect(makeState().line(width: width, glyphs: blocks) == line)
    }

    @Test(arguments: [
        (80, " 42 % |████▌      |  epoch 3  loss 0.2500  accuracy 0.5000  F1 0.1250  0:12 left"),
        (60, " 42 % |███████▉           |  epoch 3  loss 0.2500  0:12 left"),
        (40, " 42 % |████▏     |  epoch 3  loss 0.2500"),
        (30, " 42 %  epoch 3  loss 0.2500"),
    ])
    func timeGoesBeforeTheLastOfManyFigures(width: Int, line: String) {
        var state = makeState()
        let figures = [("epoch", 3), ("loss", 0.25), ("accuracy", 0.5), ("F1", 0.125), ("recall", 0.75)]
        state.figures = figures.map { ProgressState.Figure(name: $0.0, value: $0.1) }
        #expect(state.line(width: width, glyphs: blocks) == line)
    }

    @Test(arguments: 0...140)
    func lineIsNeverWider(width: Int) {
        for completed in [0, 1, 999, 1000, 100_000] {
            #expect(makeState(completed: completed).line(width: width, glyphs: blocks).count <= width)
        }
    }

    @Test(arguments: [
        (0, "  0 % [..........]  loss 1.7312  norm 0.2500"),
        (1, "  0 % [..........]  loss 1.7312  norm 0.2500"),
        (290, " 29 % [##........]  loss 1.7312  norm 0.2500"),
        (999, " 99 % [#########.]  loss 1.7312  norm 0.2500"),
        (1000, "100 % [##########]  loss 1.7312  norm 0.2500"),
        (1001, "100 % [##########]  loss 1.7312  norm 0.2500"),
    ])
    func barWithoutBlockCharacters(completed: Int, line: String) {
        #expect(makeState(completed: completed).line(width: 44, glyphs: ascii) == line)
    }

    @Test func colorIsOnTheFilledPartOnly() {
        let colored = ProgressState.Glyphs(usesBlocks: false, usesColor: true)
        let line = makeState().line(width: 44, glyphs: colored)
        #expect(line == " 42 % [\u{1B}[36m####\u{1B}[0m......]  loss 1.7312  norm 0.2500")
    }

    @Test func lineOfNoStepsIsComplete() {
        let line = makeState(completed: 0, total: 0).line(width: 44, glyphs: ascii)
        #expect(line == "100 % [##########]  loss 1.7312  norm 0.2500")
    }

    @Test func plainLine() {
        let line = makeState().plainLine
        #expect(line == "420/1000 (42 %)  loss 1.7312  norm 0.2500  45.9k characters/s  0:12 left")
        #expect(makeState(rate: nil, time: nil).plainLine == "420/1000 (42 %)  loss 1.7312  norm 0.2500")
    }

    @Test(arguments: [
        (0.0, "0"), (3.0, "3"), (-2.5, "-2.5000"), (1234.56789, "1234.5679"), (0.001, "0.0010"),
        (0.00012345, "1.23e-04"), (2.5e7, "2.50e+07"), (1e300, "1.00e+300"), (.infinity, "inf"), (.nan, "nan"),
    ])
    func figure(value: Double, text: String) {
        #expect(makeState(loss: value).plainLine.contains("  loss \(text)  norm"))
    }

    @Test(arguments: [
        (0.0, "0.00"), (0.25, "0.25"), (9.994, "9.99"), (9.996, "10.0"), (87.54, "87.5"), (950, "950"),
        (999.4, "999"), (999.6, "1.00k"), (45_900, "45.9k"), (1_204_000, "1.20M"), (3e9, "3.00G"), (2e15, "2000T"),
    ])
    func rate(rate: Double, text: String) {
        #expect(makeState(rate: rate).plainLine.contains("  \(text) characters/s"))
    }

    @Test(arguments: [
        (0.0, "0:00"), (12.6, "0:13"), (725, "12:05"), (3723, "1:02:03"), (3_596_399, "998:59:59"),
        (1e30, "over 999 h"), (.infinity, "over 999 h"),
    ])
    func clock(seconds: Double, text: String) {
        #expect(makeState(time: .left(seconds: seconds)).plainLine.hasSuffix("  \(text) left"))
        #expect(makeState(time: .taken(seconds: seconds)).plainLine.hasSuffix("  in \(text)"))
    }
}

/// A place to show progress in, with a clock that only the test moves.
private final class Screen {
    var text = ""
    var now = ContinuousClock.now

    func makeBar(total: Int, isTerminal: Bool, columns: Int = 45, unitsPerStep: Double = 10) -> ProgressBar {
        let output = ProgressOutput(
            isTerminal: isTerminal, environment: ["NO_COLOR": "1"], columns: { columns },
            write: { self.text += $0 })
        return ProgressBar(
            total: total, unit: "words", unitsPerStep: unitsPerStep, output: output, clock: { self.now })
    }

    func pass(_ seconds: Double) { now = now.advanced(by: .seconds(seconds)) }

    /// What was written since the last call.
    func takeText() -> String {
        defer { text = "" }
        return text
    }
}

@Suite struct ProgressBarTests {
    private let screen = Screen()
    /// Clears what a longer line left behind.
    private let clear = "\u{1B}[K"

    @Test func terminalLineIsRedrawnAtMostTenTimesASecond() {
        let bar = screen.makeBar(total: 1000, isTerminal: true)
        #expect(screen.takeText() == "\r  0 % [.........................]     0/1000" + clear)
        screen.pass(0.0625)
        bar.advance()
        #expect(screen.takeText() == "")
        screen.pass(0.0625)
        bar.advance()
        #expect(screen.takeText() == "\r  0 % [............]  160 words/s  1:02 left" + clear)
        for _ in 0..<1000 {
            screen.pass(1.0 / 1024)
            bar.advance(by: 0)
        }
        #expect(screen.takeText().count { $0 == "\r" } == 9)
    }

    /// Figures that take long are computed in a twentieth of the time.
    @Test func figuresThatTakeLongAreDrawnLessOften() {
        let bar = screen.makeBar(total: 1000, isTerminal: true)
        var count = 0
        for _ in 0..<1000 {
            screen.pass(0.125)
            bar.advance {
                count += 1
                screen.pass(0.5)
                return []
            }
        }
        // 1000 steps take 125 s, and so do 12.5 intervals of 20 times half a second.
        #expect((10...14).contains(count))
    }

    @Test func finishDrawsTheEndAndEndsTheLineOnce() {
        let bar = screen.makeBar(total: 2, isTerminal: true)
        screen.pass(1.96875)
        bar.advance(by: 2)
        _ = screen.takeText()
        screen.pass(0.03125)
        bar.finish()
        bar.finish()
        bar.advance()
        #expect(screen.takeText() == "\r100 % [########]  2/2  10.0 words/s  in 0:02" + clear + "\n")
    }

    @Test func abandonedBarLeavesACleanLine() {
        var bar: ProgressBar? = screen.makeBar(total: 4, isTerminal: true)
        screen.pass(1)
        bar?.advance(figures: ["loss": 0.5])
        bar = nil
        #expect(screen.takeText().hasSuffix("\r 25 % [###...........]  loss 0.5000  in 0:01" + clear + "\n"))
    }

    @Test(arguments: [true, false]) func nothingIsShownOfALoopWithoutSteps(isTerminal: Bool) {
        screen.makeBar(total: 0, isTerminal: isTerminal).finish()
        #expect(screen.takeText() == "")
        let bar = screen.makeBar(total: 0, isTerminal: isTerminal)
        bar.advance()
        bar.finish()
        #expect(screen.takeText().contains("1/0"))
    }

    @Test func notesStandAboveTheBar() {
        let bar = screen.makeBar(total: 4, isTerminal: true)
        let empty = screen.takeText()
        bar.note("held-out loss 1.9")
        #expect(screen.takeText() == "\r" + clear + "held-out loss 1.9\n" + empty)
        bar.finish()
        _ = screen.takeText()
        bar.note("done")
        #expect(screen.takeText() == "\r" + clear + "done\n")
    }

    @Test func plainLinesComeWithEveryTenth() {
        let bar = screen.makeBar(total: 30, isTerminal: false)
        for _ in 0..<30 {
            screen.pass(0.5)
            bar.advance(figures: ["loss": 2.5])
        }
        bar.finish()
        let lines = screen.takeText().split(separator: "\n")
        #expect(lines.count == 10)
        #expect(lines.first == "3/30 (10 %)  loss 2.5000  20.0 words/s  0:14 left")
        #expect(lines.last == "30/30 (100 %)  loss 2.5000  20.0 words/s  in 0:15")
    }

    @Test func plainLinesComeEveryTenSecondsInALongTenth() {
        let bar = screen.makeBar(total: 1000, isTerminal: false)
        for _ in 0..<25 {
            screen.pass(1)
            bar.advance()
        }
        #expect(
            screen.takeText() == """
                10/1000 (1 %)  10.0 words/s  16:30 left
                20/1000 (2 %)  10.0 words/s  16:20 left

                """)
        bar.note("interrupted")
        bar.finish()
        #expect(screen.takeText() == "interrupted\n25/1000 (2 %)  10.0 words/s  in 0:25\n")
    }

    @Test func rateFollowsTheLastSecondsAndTheEndGivesTheMean() {
        let bar = screen.makeBar(total: 100, isTerminal: false, unitsPerStep: 1)
        for _ in 0..<19 {
            screen.pass(10)
            bar.advance(units: 100)
        }
        _ = screen.takeText()
        // With the weight exp(-1) for what is 10 s old: (100 (w + w² + … + w¹⁹) + 400) / (10 (w + …) + 10) ≈ 28.96.
        screen.pass(10)
        bar.advance(units: 400)
        #expect(screen.takeText() == "20/100 (20 %)  29.0 words/s  13:20 left\n")
        bar.finish()
        #expect(screen.takeText() == "20/100 (20 %)  11.5 words/s  in 3:20\n")
    }

    @Test func negativeTotalTraps() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = ProgressBar(total: -1)
        }
        let output = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(output.contains("ProgressBar: total: -1 steps, expected at least 0"))
    }
}

@Suite struct ProgressOutputTests {
    /// The form that a terminal with this environment gets, in words.
    private func style(_ environment: [String: String], isTerminal: Bool = true, columns: Int? = nil) -> String {
        let output = ProgressOutput(
            isTerminal: isTerminal, environment: environment, columns: { columns }, interval: .seconds(3),
            write: { _ in })
        switch output.style {
        case .plain(let interval): return "plain \(interval)"
        case .line(let glyphs, let columns):
            return (glyphs.usesBlocks ? "blocks" : "ascii") + (glyphs.usesColor ? " color" : "") + " \(columns())"
        }
    }

    @Test func formFollowsTheEnvironment() {
        #expect(style([:]) == "ascii color 80")
        #expect(style([:], isTerminal: false) == "plain 3.0 seconds")
        #expect(style(["TERM": "dumb", "LANG": "en_US.UTF-8"]) == "plain 3.0 seconds")
        #expect(style(["LANG": "en_US.UTF-8", "TERM": "xterm"]) == "blocks color 80")
        #expect(style(["LC_CTYPE": "de_DE.utf8@euro", "LANG": "C"]) == "blocks color 80")
        #expect(style(["LC_ALL": "C", "LC_CTYPE": "C.UTF-8", "LANG": "C.UTF-8"]) == "ascii color 80")
        #expect(style(["LC_ALL": "", "LANG": "C.UTF-8", "NO_COLOR": ""]) == "blocks color 80")
        #expect(style(["NO_COLOR": "1"]) == "ascii 80")
        #expect(style(["COLUMNS": "120"]) == "ascii color 120")
        #expect(style(["COLUMNS": "120"], columns: 60) == "ascii color 60")
        #expect(style(["COLUMNS": "-5"]) == "ascii color 80")
        #expect(style(["COLUMNS": "wide"]) == "ascii color 80")
    }
}
