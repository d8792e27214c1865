import TapestryCharts
import Testing

@Suite struct TerminalTests {
    @Test func sparklines() {
        #expect("\(Sparkline([0, 1, 2, 3, 4, 5, 6, 7]))" == "▁▂▃▄▅▆▇█")
        #expect("\(Sparkline([0, .nan, 7, .infinity, 3.5]))" == "▁ █ ▅")
        #expect("\(Sparkline([2, 2]))" == "▅▅" && "\(Sparkline([Double]()))" == "")
        #expect("\(Sparkline([0, 2, 4, 6, 12, 16], width: 3))" == "▁▃█")
        #expect("\(Sparkline([-5, 5, 50], range: 0...10))" == "▁▅█")
    }

    @Test func whatIsTooCloseToDiffer() {
        let least = Double.leastNonzeroMagnitude
        #expect("\(Sparkline([0, least]))" == "▅▅")
        #expect("\(BlockHeatMap([[0, least]]))" == "    \n0  ░▒▓█ 1")
        #expect("\(BlockHeatMap([[-least, least]]))" == "-   \n0  ░▒▓█ 1")
    }

    @Test func shadesOfPositiveNumbers() {
        let map = BlockHeatMap([[0, 1, 2], [3, 4, .nan]], rows: ["in", "out"])
        #expect("\(map)" == "in     ░░▒▒\nout  ▓▓██· \n     0  ░▒▓█ 4")
    }

    @Test func negativeNumbersHaveASign() {
        #expect("\(BlockHeatMap([[-4, 4, 0, -1]]))" == "-███  -░\n0  ░▒▓█ 4")
    }

    @Test func colorsEndWithTheirCell() {
        let text = "\(BlockHeatMap([[-1, 1]], isColored: true))"
        #expect(text.contains("\u{1B}[48;2;166;212;255m  \u{1B}[0m\u{1B}[48;2;255;202;161m  \u{1B}[0m"))
        #expect("\(BlockHeatMap([[1, 2, 3, 4]], width: 2))".hasPrefix("  ██"))
    }
}
