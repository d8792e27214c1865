import Foundation
import TapestryFiles
import Testing

@testable import TapestryCharts

@Suite struct ChartTests {
    private let firstColor = Color(0x1668b8).hex

    /// A value's place follows from those of two ticks.
    @Test func pointsAreWhereTheAxesSay() throws {
        let chart = Chart(
            x: Axis(range: 0...10), y: Axis(range: 0...100), theme: .light,
            marks: [.line(x: [0, 5, 10], y: [0, 100, 50])])
        let layout = ChartLayout(chart, width: 640, height: 380)
        let path = try #require(try SVGReader(chart.svg).paths(stroke: firstColor).first)
        let (width, height) = (layout.plot.width, layout.plot.height)
        let expected = [[0, height], [width / 2, 0], [width, height / 2]]
        #expect(zip(points(of: path), expected).allSatisfy { abs($0[0] - $1[0]) < 0.01 && abs($0[1] - $1[1]) < 0.01 })
        #expect(points(of: path).count == 3)
    }

    @Test func logarithmicAxesHaveEqualRatios() {
        let scale = Scale(scaling: .logarithmic, lower: 0.01, upper: 100, start: 400, end: 0)
        #expect([0.01, 1, 100].map { scale.position($0)! } == [400, 200, 0])
        #expect(abs(scale.position(10)! - 100) < 1e-9)
        #expect(scale.position(0) == nil && scale.position(-1) == nil && scale.position(.nan) == nil)
    }

    @Test func whatCannotBeDrawnIsAGap() throws {
        let values = [1, 2, .nan, 3, 4, .infinity, 5, 1e301]
        let svg = try SVGReader(Chart(theme: .light, marks: [.line(values)]).svg)
        let paths = svg.paths(stroke: firstColor)
        // Two lines, and a dot for the value between two gaps.
        #expect(paths.count == 2 && paths[0].filter { $0 == "M" }.count == 2 && points(of: paths[0]).count == 4)
        #expect(paths[1].filter { $0 == "M" }.count == 1 && paths[1].hasSuffix("h0"))
        let loss = try SVGReader(Chart(y: .logarithmic(), theme: .light, marks: [.line([1, 0, 2, 3])]).svg)
        #expect(loss.paths(stroke: firstColor).count == 2)
    }

    @Test func nothingBreaksTheFile() throws {
        let values: [[Double]] = [
            [], [.nan], [0], [5, 5, 5], [-1e300, 1e300], [.leastNonzeroMagnitude, 3 * .leastNonzeroMagnitude],
            [1, 1.0000000000000002], [.infinity, -.infinity],
            [1e-300, 1e300],
        ]
        for values in values {
            for y in [Axis(), Axis.logarithmic()] {
                let marks: [Mark] = [
                    .line(values), .points(x: values, y: values), .band(values, values), .histogram(values),
                    .bars(values, names: values.map { _ in "name" }), .rule(y: values.first ?? 0),
                ]
                for mark in marks {
                    let svg = Chart(y: y, marks: [mark]).svg
                    _ = try SVGReader(svg)
                    let places = svg.matches(of: #/.{0,40}(nan|inf).{0,20}/#).map { String($0.output.0) }
                    #expect(places == [], "\(values), \(mark)")
                }
            }
            for rows in [[values, [1]], [values], [values, values.map { -$0 }]] {
                let svg = Chart(marks: [.heatMap(rows)]).svg
                _ = try SVGReader(svg)
                #expect(!svg.contains("nan") && !svg.contains("inf"), "\(rows)")
            }
            _ = try SVGReader(ChartGrid(charts: [Chart(marks: [.line(values)]), Chart(marks: [])]).svg)
        }
        #expect(try SVGReader(Chart(marks: []).svg).texts.contains("no data"))
    }

    @Test func textsAreEscaped() throws {
        let title = "a < b & \"c\" > 'd' \u{0}\u{1B}[31m\u{FFFF}"
        let svg = Chart(title, x: "<x>", marks: [.line([1, 2], label: "</text><script>")]).svg
        #expect(!svg.contains("<script>") && !svg.contains("\u{1B}"))
        let read = try SVGReader(svg)
        #expect(read.texts.first == "a < b & \"c\" > 'd' \u{FFFD}\u{FFFD}[31m\u{FFFD}")
        #expect(read.texts.contains("</text><script>") && read.texts.contains("<x>"))
    }

    @Test func manyPointsStaySmall() throws {
        let values = (0..<100_000).map { sin(Double($0) * 0.37) + Double($0) / 1e5 }
        let line = Chart(theme: .light, marks: [.line(values)])
        #expect(line.svg.utf8.count < 50_000)
        // Four points for each column of pixels at most, and the peaks are among them.
        let path = try #require(try SVGReader(line.svg).paths(stroke: firstColor).first)
        let plot = ChartLayout(line, width: 640, height: 380).plot
        #expect(Double(points(of: path).count) <= 4 * (plot.width + 1))
        let top = try #require(values.max().flatMap { plot.y.position($0) })
        #expect(abs(points(of: path).map { $0[1] }.min()! - top) < 0.01)
        #expect(Chart(marks: [.points(x: values, y: values.reversed())]).svg.utf8.count < 200_000)
        let table = (0..<500).map { row in (0..<2000).map { sin(Double(row * $0)) } }
        #expect(Chart(marks: [.heatMap(table)]).svg.utf8.count < 8_000_000)
    }

    @Test func bandsRunAlongTheirEdges() throws {
        let chart = Chart(
            x: Axis(range: 0...1), y: Axis(range: 0...4), theme: .light, marks: [.band([1, 2], [3, 4])])
        let svg = try SVGReader(chart.svg)
        let path = try #require(
            svg.elements.first { $0.name == "path" && $0.attributes["fill"] == firstColor }?.attributes["d"])
        let plot = ChartLayout(chart, width: 640, height: 380).plot
        let corners = points(of: String(path.dropLast())).map { [$0[0] / plot.width, 4 - 4 * $0[1] / plot.height] }
        let expected = [[0, 3], [1, 4], [1, 2], [0, 1.0]]
        #expect(path.hasSuffix("Z") && corners.count == 4)
        #expect(zip(corners, expected).allSatisfy { abs($0[0] - $1[0]) < 1e-3 && abs($0[1] - $1[1]) < 1e-3 })
    }

    @Test func barsStandOnZeroBesideEachOther() throws {
        let chart = Chart(
            theme: .light,
            marks: [
                .bars([2, -1], names: ["a", "b"], label: "one"), .bars([1, 1], names: ["a", "b"], label: "two"),
            ])
        let svg = try SVGReader(chart.svg)
        let plot = ChartLayout(chart, width: 640, height: 380).plot
        let zero = try #require(plot.y.position(0))
        let first = svg.rectangles(fill: firstColor), second = svg.rectangles(fill: Color(0xe0620d).hex)
        #expect(first.count == 2 && second.count == 2)
        #expect(abs(first[0][1] + first[0][3] - zero) < 0.02 && abs(first[1][1] - zero) < 0.02)
        #expect(abs(first[0][3] - 2 * first[1][3]) < 0.05 && first[0][0] + first[0][2] < second[0][0])
        #expect(svg.titles.contains("a: 2") && svg.titles.contains("b: −1"))
    }

    @Test func theLeastBarOfALogarithmicAxisShows() throws {
        for marks: [Mark] in [[.bars([1, 20], names: ["a", "b"])], [.histogram([0, 0, 0, 1], bins: 2)]] {
            let svg = try SVGReader(Chart(y: .logarithmic(), theme: .light, marks: marks).svg)
            #expect(svg.rectangles(fill: firstColor).map { $0[3] }.allSatisfy { $0 > 20 })
        }
    }

    @Test func histogramsCountEachValueOnce() {
        let histogram = HistogramMark([0, 0.4, 0.5, 1, 1.2, 2, .nan], bins: 4)
        #expect(histogram.edges == [0, 0.5, 1, 1.5, 2] && histogram.counts == [2, 1, 2, 1])
        #expect(HistogramMark([3, 3, 3], bins: nil).counts.reduce(0, +) == 3)
        let marks = Chart(marks: [.histogram([0, 1, 2, 9]), .histogram([100, 101])]).drawnMarks
        let edges = marks.compactMap { ($0.content as? HistogramMark)?.edges }
        #expect(edges.count == 2 && edges[0] == edges[1] && edges[0].first! <= 0 && edges[0].last! >= 101)
    }

    @Test func cellsLieInRowsFromTheTop() throws {
        let chart = Chart(
            theme: .light,
            marks: [.heatMap([[0, 1], [2, .nan]], rows: ["a", "\n"], columns: ["c", "d"], range: 0...2)])
        let svg = try SVGReader(chart.svg)
        let plot = try #require(PictureSize.natural(of: chart) as (width: Double, height: Double)?)
        let inner = ChartLayout(chart, width: plot.width, height: plot.height).plot
        let lowest = svg.rectangles(fill: Appearance.light.sequential[0].hex).first { $0[2] > 20 }
        let empty = svg.rectangles(fill: Appearance.light.missing.hex)
        #expect(lowest.map { abs($0[0] - 0.5) < 0.01 && abs($0[1] - 0.5) < 0.01 } == true)
        #expect(empty.count == 1 && abs(empty[0][0] - inner.width / 2 - 0.5) < 0.01)
        #expect(svg.titles == ["a, c: 0", "a, d: 1", "⏎, c: 2", "⏎, d: NaN"])
        #expect(svg.texts.contains("⏎"))
    }

    @Test func marksOfOneLabelAreOneSeries() throws {
        let svg = try SVGReader(
            Chart(
                theme: .light,
                marks: [.band([1, 2], [2, 3], label: "a"), .line([1, 2], label: "a"), .line([3, 4], label: "b")]
            ).svg)
        #expect(svg.texts.filter { $0 == "a" }.count == 1 && svg.paths(stroke: firstColor).count == 2)
        let many = Series((0..<9).map { .line([1], label: "\($0)") })
        let styles = many.styles(of: (0..<9).map { .line([1], label: "\($0)") }, mapping: nil)
        #expect(styles[0].dashes == nil && styles[7].dashes != nil && styles[8].ink == .series(8))
    }

    @Test func confusionMatrixShowsCountsAndShares() throws {
        let svg = try SVGReader(
            Chart.confusionMatrix([[9, 1], [0, 30]], classes: ["no", "yes"], theme: .light).svg)
        #expect(["9", "1", "0", "30", "accuracy 97.5 %", "actual", "predicted"].allSatisfy(svg.texts.contains))
        // Both classes are recalled well, however rare: 0.9 and 1 of their rows.
        #expect(svg.rectangles(fill: Appearance.light.sequential[64].hex).contains { $0[2] > 20 })
        #expect(svg.rectangles(fill: Appearance.light.sequential[58].hex).contains { $0[2] > 20 })
    }

    /// Three names that fill a row to its end, one that begins the next row, and one too long for any.
    @Test func aLegendIsInRows() throws {
        let names = ["first", "second", "third", "fourth", String(repeating: "long ", count: 40)]
        let series = Series(names.map { Mark.line([1, 2], label: $0) })
        func length(_ name: String) -> Double { 24 + TextMetrics.width(name, size: 12) }
        let width = length(names[0]) + 16 + length(names[1]) + 16 + length(names[2])
        func places(_ width: Double) throws -> [[Double]] {
            let legend = Legend(series, width: width)
            let elements = legend.elements(at: Point(x: 100, y: 50))
            let svg = try SVGReader(
                SVGDocument(width: 500, height: 500, label: "", theme: .light, elements: elements).text)
            let paths = svg.elements.filter { $0.name == "path" }.compactMap { $0.attributes["d"] }
            let texts = svg.elements.filter { $0.name == "text" }
            #expect(paths.count == names.count && texts.count == names.count)
            return zip(paths, texts).map { path, text in
                let line = points(of: path)
                // A line as long as the symbols are, in the middle of the row.
                #expect(line.count == 2 && abs(line[1][0] - line[0][0] - 18) < 0.02 && line[0][1] == line[1][1])
                #expect(abs(Double(text.attributes["x"]!)! - line[0][0] - 24) < 0.02)
                #expect(abs(Double(text.attributes["y"]!)! - line[0][1] - 4.32) < 0.02)
                return [line[0][0] - 100, line[0][1] - 50]
            }
        }
        let second = length(names[0]) + 16, third = second + length(names[1]) + 16
        func isClose(_ places: [[Double]], _ expected: [[Double]]) -> Bool {
            zip(places.joined(), expected.joined()).allSatisfy { abs($0 - $1) < 0.02 }
        }
        #expect(isClose(try places(width), [[0, 9.5], [second, 9.5], [third, 9.5], [0, 28.5], [0, 47.5]]))
        // A little less, and the third begins a row with the fourth.
        let fourth = length(names[2]) + 16
        #expect(isClose(try places(width - 1), [[0, 9.5], [second, 9.5], [0, 28.5], [fourth, 28.5], [0, 47.5]]))
        #expect(Legend(series, width: width).height == 57 && Legend(series, width: width).excessHeight == 0)
        #expect(Legend(series, width: 60).height == 95 && Legend(series, width: 60).excessHeight == 38)
    }

    @Test func aLongLegendMakesThePictureHigher() throws {
        let marks = (0..<20).map { Mark.line([1, 2], label: "series \($0) " + String(repeating: "long ", count: 8)) }
        let chart = Chart(marks: marks)
        let size = PictureSize.natural(of: chart)
        #expect(ChartLayout(chart, width: size.width, height: size.height).plot.height > 240)
        #expect(try SVGReader(chart.svg).texts.contains { $0.hasPrefix("series 19") })
        #expect(PictureSize.natural(of: Chart(marks: [.line([1, 2], label: "a")])).height == 380)
    }

    @Test func titlesStayOnThePage() throws {
        let long = String(repeating: "a long title ", count: 20)
        let chart = Chart(long, subtitle: long, marks: [.line([1, 2])])
        let svgs = [
            chart.svg, ChartGrid(long, charts: [chart, chart, chart]).svg,
        ]
        for svg in svgs {
            let texts = try SVGReader(svg).texts.filter { $0.hasPrefix("a long") }
            #expect(texts.count >= 2 && texts.allSatisfy { $0.contains("…") })
            #expect(texts.allSatisfy { TextMetrics.width($0, size: Label.textSize) < 760 })
            #expect(svg.contains("aria-label=\"\(long)\""))
        }
    }

    @Test func themes() throws {
        let marks: [Mark] = [.line([1, 2])]
        let automatic = Chart(theme: .automatic, marks: marks).svg, dark = Chart(theme: .dark, marks: marks).svg
        #expect(automatic.contains("prefers-color-scheme:dark") && !dark.contains("prefers-color-scheme"))
        #expect(automatic.contains("stroke=\"#1668b8\"") && dark.contains("stroke=\"#3d94ea\""))
        #expect(automatic.contains(".tapestry-chart .sc0{stroke:#3d94ea}") && !dark.contains("class=\"sc0\""))
        // Several charts in one page share no identifiers.
        #expect(!automatic.contains(" id=") && !automatic.contains("url("))
    }

    @Test func gridsShareWhatTheyAreAskedTo() throws {
        let charts = [
            Chart("a", marks: [.line([0, 1], label: "x")]), Chart("b", marks: [.line([0, 10], label: "x")]),
        ]
        let shared = try SVGReader(ChartGrid(theme: .light, charts: charts).svg)
        let alone = try SVGReader(ChartGrid(sharing: [], theme: .light, charts: charts).svg)
        let ends = { (svg: SVGReader) in svg.paths(stroke: self.firstColor).dropFirst().map { points(of: $0).last![1] }
        }
        #expect(ends(shared)[0] > ends(shared)[1] + 50 && abs(ends(alone)[0] - ends(alone)[1]) < 0.01)
        #expect(shared.texts.filter { $0 == "x" }.count == 1)
    }

    @Test func savedAsShown() throws {
        let path = NSTemporaryDirectory() + "/chart-\(UUID().uuidString).svg"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let chart = Chart(marks: [.line([1, 2])])
        try chart.save(to: path)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == chart.svg)
        #expect(throws: OutputFileError.self) { try chart.save(to: "/nowhere/chart.svg") }
    }

    @Test func otherNumbers() {
        let floats: [Float] = [1, 2, 4]
        #expect(Chart(marks: [.line(floats)]).svg == Chart(marks: [.line([1, 2, 4])]).svg)
        #expect(Chart(marks: [.line(x: 0..<3, y: floats)]).svg == Chart(marks: [.line([1, 2, 4])]).svg)
        #expect(
            Chart(marks: [.heatMap([1, 2, 3, 4] as [Int32], columnCount: 2)]).svg
                == Chart(marks: [.heatMap([[1, 2], [3, 4]])]).svg)
    }

    @Test func mistakesTrap() async {
        await #expect(processExitsWith: .failure) { _ = Mark.line(x: [1], y: [1, 2]) }
        await #expect(processExitsWith: .failure) { _ = Mark.band([1], [1, 2]) }
        await #expect(processExitsWith: .failure) { _ = Mark.bars([1], names: []) }
        await #expect(processExitsWith: .failure) { _ = Mark.heatMap([[1]], rows: ["a", "b"]) }
        await #expect(processExitsWith: .failure) { _ = Mark.heatMap([1, 2, 3], columnCount: 2) }
        await #expect(processExitsWith: .failure) { _ = Mark.histogram([1], bins: 0) }
        await #expect(processExitsWith: .failure) { _ = Axis.logarithmic(range: 0...1) }
        await #expect(processExitsWith: .failure) { _ = Chart(width: 5, marks: []) }
        await #expect(processExitsWith: .failure) { _ = ChartGrid(columns: 0, charts: []) }
        await #expect(processExitsWith: .failure) { _ = Chart.confusionMatrix([[1, 2]]) }
    }
}
