import Foundation
import TapestryCharts

/// One picture of each kind, as `docs/Charts.md` shows them.
enum Gallery {
    static let pictures: [(name: String, picture: any Picture)] = [
        ("lines", lines), ("forecast", forecast), ("points", points), ("histogram", histogram), ("bars", bars),
        ("gates", gates), ("attention", attention), ("gradients", gradients), ("confusion", confusion),
        ("multiples", multiples),
    ]

    /// Numbers that look random, from 0 to 1, the same everywhere.
    private struct Noise {
        private var state: UInt64

        init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

        mutating func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 33) / Double(1 << 31)
        }

        /// About normal: the sum of twelve uniform numbers, less their mean.
        mutating func normal() -> Double { (0..<12).reduce(-6) { sum, _ in sum + uniform() } }
    }

    static let lines: Chart = {
        var noise = Noise(1)
        func curve(_ rate: Double, _ floor: Double) -> [Double] {
            (1...60).map { floor + 2.2 * exp(-rate * Double($0)) * (1 + 0.12 * noise.normal()) }
        }
        return Chart(
            "Learning curves", subtitle: "mean squared error, logarithmic", x: "epoch", y: .logarithmic("loss"),
            marks: [
                .line(curve(0.12, 0.004), from: 1, label: "LSTM"), .line(curve(0.08, 0.012), from: 1, label: "GRU"),
                .line(curve(0.045, 0.08), from: 1, label: "simple"), .rule(y: 0.05, label: "persistence"),
            ])
    }()

    static let forecast: Chart = {
        func value(_ month: Int) -> Double { 112 + 2.6 * Double(month) + 24 * sin(Double(month) * .pi / 6) }
        func spread(_ month: Int) -> Double { 4 + 5 * Double(month - 47).squareRoot() }
        let months = 47..<66
        let past = (0..<48).map(value), future = months.map(value)
        let lower = months.map { value($0) - spread($0) }, upper = months.map { value($0) + spread($0) }
        return Chart(
            "Passengers", subtitle: "thousands a month, with the middle 90 % of the forecast", x: "month",
            y: "passengers",
            marks: [
                .band(x: months, lower, upper, label: "forecast"), .line(x: months, y: future, label: "forecast"),
                .line(past, label: "observed"), .rule(x: 47, label: "today"),
            ])
    }()

    static let points: Chart = {
        var noise = Noise(3)
        func cluster(_ x: Double, _ y: Double, _ count: Int) -> (x: [Double], y: [Double]) {
            let points = (0..<count).map { _ in (x + 0.5 * noise.normal(), y + 0.4 * noise.normal()) }
            return (points.map(\.0), points.map(\.1))
        }
        let (a, b, c) = (cluster(-1.2, 0.4, 60), cluster(0.9, 1.1, 60), cluster(0.7, -1.1, 60))
        return Chart(
            "Hidden states of three kinds of sentences", x: "first component", y: "second component",
            marks: [
                .points(x: a.x, y: a.y, label: "statement"), .points(x: b.x, y: b.y, label: "question"),
                .points(x: c.x, y: c.y, label: "request"),
            ])
    }()

    static let histogram: Chart = {
        var noise = Noise(4)
        let small = (0..<2000).map { _ in 0.6 * noise.normal() },
            large = (0..<2000).map { _ in 1.5 + 0.9 * noise.normal() }
        return Chart(
            "Activations before the gates", x: "value", y: "count",
            marks: [.histogram(small, label: "forget"), .histogram(large, label: "candidate")])
    }()

    static let bars = Chart(
        "Characters per second", subtitle: "batch 32, one thread", y: "thousands",
        marks: [
            .bars([45.9, 38.2, 71.4, 52.0], names: ["LSTM", "peephole", "GRU", "minimal gated unit"], label: "here"),
            .bars([40.1, 10.2, 58.8, 12.9], names: ["LSTM", "peephole", "GRU", "minimal gated unit"], label: "eager"),
        ])

    static let gates: Chart = {
        let values = (0..<16).map { unit in
            (0..<120).map { step in
                let phase = Double(step) * (0.05 + 0.012 * Double(unit)) + Double(unit)
                return 1 / (1 + exp(-3 * sin(phase)))
            }
        }
        return Chart(
            "Forget gate", x: "time step", y: "unit", marks: [.heatMap(values, colors: .sequential, range: 0...1)])
    }()

    private static func attention(_ sharpness: Double) -> [[Double]] {
        let best = [0, 1, 3, 2, 4, 5, 6]
        return best.map { center in
            let scores = (0..<7).map { exp(-sharpness * pow(Double($0 - center), 2)) }
            let total = scores.reduce(0, +)
            return scores.map { $0 / total }
        }
    }

    static let attention = Chart(
        "Attention", x: "read", y: "written",
        marks: [
            .heatMap(
                attention(0.9), rows: ["je", "n'aime", "pas", "beaucoup", "les", "films", "."],
                columns: ["i", "don't", "really", "like", "long", "movies", "."])
        ])

    static let gradients: Chart = {
        var noise = Noise(7)
        let values = (0..<12).map { row in
            (0..<24).map { column in noise.normal() * 0.02 * exp(-0.12 * Double(row)) * (column == 9 ? 4 : 1) }
        }
        return Chart("Gradient of the recurrent weights", x: "to unit", y: "from unit", marks: [.heatMap(values)])
    }()

    static let confusion = Chart.confusionMatrix(
        [[412, 20, 4], [31, 287, 55], [6, 48, 371]], classes: ["negative", "neutral", "positive"])

    static let multiples: ChartGrid = {
        let names = ["forget", "input", "candidate", "output"]
        let charts = names.indices.map { index in
            let lines = (0..<3).map { unit in
                let values = (0..<80).map { step in
                    0.5 + 0.45 * sin(Double(step) * (0.06 + 0.02 * Double(index)) + Double(unit) * 1.3)
                        * exp(-0.008 * Double(step * unit))
                }
                return Mark.line(values, label: "unit \(unit)")
            }
            return Chart(names[index], marks: lines)
        }
        return ChartGrid("Gates of three units over time", columns: 2, charts: charts)
    }()
}
