import Foundation
import Testing

@testable import TapestryCharts

@Suite struct RuleLabelTests {
    private static let (width, height) = (640.0, 380.0)

    private func chart(_ marks: [Mark], x: ClosedRange<Double> = 0...40, y: ClosedRange<Double> = 0...1) -> Chart {
        Chart(x: Axis(range: x), y: Axis(range: y), theme: .light, width: Self.width, height: Self.height, marks: marks)
    }

    private func plot(of chart: Chart) -> Plot { ChartLayout(chart, width: Self.width, height: Self.height).plot }

    /// Where a label's letters are, as the file says it.
    private func box(of label: String, in svg: SVGReader) throws -> Box {
        let attributes = try #require(svg.elements.first { $0.name == "text" && $0.text == label }).attributes
        let (x, y) = (Double(attributes["x"]!)!, Double(attributes["y"]!)!)
        let width = TextMetrics.width(label, size: Label.tickSize)
        let left = x - ["start": 0, "middle": width / 2, "end": width][attributes["text-anchor"]!]!
        return Box(left: left, top: y - 8, right: left + width, bottom: y + 2)
    }

    /// Whether a line through points of the plot has a point in a box.
    private func isCrossed(_ box: Box, by line: [(Double, Double)], in plot: Plot) -> Bool {
        zip(line, line.dropFirst()).contains { first, last in
            (0...500).contains { step in
                let share = Double(step) / 500
                let point = plot.point(
                    first.0 + (last.0 - first.0) * share, first.1 + (last.1 - first.1) * share)!
                return box.left <= point.x && point.x <= box.right && box.top <= point.y && point.y <= box.bottom
            }
        }
    }

    private func haloCount(_ svg: SVGReader) -> Int {
        svg.elements.filter { $0.attributes["paint-order"] != nil }.count
    }

    /// What a label does where the data leave it less and less room, of a horizontal rule at 0.5.
    @Test func labelsGoWhereTheyCoverNoLine() throws {
        let above = [(30.0, 0.53), (40, 0.53)], below = [(30.0, 0.46), (40, 0.46)], left = [(0.0, 0.56), (2, 0.44)]
        let expected: [(lines: [[(Double, Double)]], isRight: Bool, isAbove: Bool)] = [
            ([[(0, 0.1), (40, 0.2)]], true, true), ([above], true, false), ([above, below], false, true),
            // Both ends are taken: between them, from the right.
            ([above, below, left], false, true),
        ]
        var places: [Double] = []
        for (lines, isRight, isAbove) in expected {
            let chart = chart(
                lines.map { .line(x: $0.map(\.0), y: $0.map(\.1)) } + [.rule(y: 0.5, label: "guessing")])
            let (svg, plot) = (try SVGReader(chart.svg), plot(of: chart))
            let box = try box(of: "guessing", in: svg)
            #expect((box.right > plot.width - 5) == isRight && (box.bottom < plot.y.position(0.5)!) == isAbove)
            #expect(!lines.contains { isCrossed(box, by: $0, in: plot) } && haloCount(svg) == 1)
            #expect(box.left >= 0 && box.right <= plot.width && box.top >= 0 && box.bottom <= plot.height)
            places.append(box.left)
        }
        #expect(places[2] < 5 && places[3] > 100 && places[3] < places[0])
    }

    @Test func labelsOfVerticalRulesDoTheSame() throws {
        // From the top: on the right, on the left, at the bottom, between.
        let right = [(20.0, 0.98), (30, 0.98)], left = [(10.0, 0.98), (20, 0.98)], bottom = [(10.0, 0.02), (30, 0.02)]
        let expected: [(lines: [[(Double, Double)]], isRight: Bool, isHigh: Bool)] = [
            ([], true, true), ([right], false, true), ([right, left], true, false),
        ]
        for (lines, isRight, isHigh) in expected {
            let chart = chart(lines.map { .line(x: $0.map(\.0), y: $0.map(\.1)) } + [.rule(x: 20, label: "today")])
            let (svg, plot) = (try SVGReader(chart.svg), plot(of: chart))
            let box = try box(of: "today", in: svg)
            #expect((box.left > plot.x.position(20)!) == isRight && (box.bottom < 20) == isHigh)
            #expect(!lines.contains { isCrossed(box, by: $0, in: plot) } && haloCount(svg) == 1)
        }
        let full = chart(
            [right, left, bottom].map { .line(x: $0.map(\.0), y: $0.map(\.1)) } + [.rule(x: 20, label: "today")])
        let between = try box(of: "today", in: SVGReader(full.svg))
        #expect(between.top > 12 && between.top < 40)
    }

    /// Lines that nobody has chosen: a label that has the page's colour around it cuts none of them.
    @Test func noLineIsCut() throws {
        var state: UInt64 = 1
        func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 33) / Double(1 << 31)
        }
        var haloCount = 0
        for _ in 0..<40 {
            let lines = (0..<3).map { _ in (0..<6).map { (Double($0) * 8, 0.35 + 0.3 * uniform()) } }
            let marks = lines.map { Mark.line(x: $0.map(\.0), y: $0.map(\.1)) }
            let chart = chart(marks + [.rule(y: 0.5, label: "a rather long label"), .rule(x: 24, label: "here")])
            let (svg, plot) = (try SVGReader(chart.svg), plot(of: chart))
            let boxes = try ["a rather long label", "here"].map { try box(of: $0, in: svg) }
            haloCount += self.haloCount(svg)
            if self.haloCount(svg) == 2 {
                #expect(!lines.contains { line in boxes.contains { isCrossed($0, by: line, in: plot) } })
                #expect(boxes[0].overlap(boxes[1]) == 0)
            }
        }
        #expect(haloCount > 60)
    }

    /// Where there are lines everywhere, the label lies over them and hides nothing.
    @Test func aLabelWithoutRoomHidesNothing() throws {
        let zigzag = Mark.line((0..<400).map { $0 % 2 == 0 ? 0.0 : 1 })
        let full = chart([zigzag, .rule(y: 0.5, label: "mean")], x: 0...399)
        let svg = try SVGReader(full.svg)
        #expect(svg.texts.contains("mean") && haloCount(svg) == 0)
        let x = (0..<1600).map { number in Double(number % 80) / 2 }
        let y = (0..<1600).map { number in Double(number / 80) / 20 }
        let cloud = chart([.points(x: x, y: y), .rule(x: 20, label: "mean")])
        #expect(try haloCount(SVGReader(cloud.svg)) == 0)
    }

    /// The line of a rule outside of a given range is cut off, so its label would name nothing, however near it is.
    @Test func rulesOutsideOfThePlotHaveNoLabels() throws {
        let plot = plot(of: chart([.rule(y: 0.5)]))
        let names = ["high", "low", "left", "right"]
        for pixels in [1.5, 4.9, 500, 0, -1] {
            let (x, y) = (pixels * 40 / plot.width, pixels / plot.height)
            let chart = chart([
                .rule(y: 1 + y, label: names[0]), .rule(y: -y, label: names[1]), .rule(x: -x, label: names[2]),
                .rule(x: 40 + x, label: names[3]),
            ])
            let texts = try SVGReader(chart.svg).texts
            for name in names { #expect(texts.contains(name) == (pixels <= 0), "\(name), \(pixels)") }
        }
    }

    /// What labels keep off is what is drawn of dots, however many there are.
    @Test func cloudsAreTheirPictures() throws {
        let count = 100_000
        let x = (0..<count).map { 20 + Double($0 % 500) / 25 }
        let y = (0..<count).map { Double($0 / 500) / 200 }
        let chart = chart([.points(x: x, y: y), .rule(y: 0.5, label: "mean")])
        let (svg, plot) = (try SVGReader(chart.svg), plot(of: chart))
        let box = try box(of: "mean", in: svg)
        #expect(box.right < plot.x.position(20)! && haloCount(svg) == 1)
        let strokes = svg.elements.first { $0.attributes["stroke-linecap"] == "round" }
        let cloud = try #require(strokes?.attributes["d"])
        let mark = PointMark(x: x, y: y)
        let obstacles = mark.obstacles(in: plot, as: SeriesStyle(series: 0))
        #expect(obstacles.count == cloud.filter { $0 == "M" }.count && obstacles.count <= Int(plot.height / 2) + 2)
        // Nor do dots beyond the plot count: of these a row is left.
        let scattered = PointMark(x: x, y: y.map { $0 * 1000 })
        #expect(scattered.obstacles(in: plot, as: SeriesStyle(series: 0)).count == 1)
        // From the first dot of a row to the last one.
        let middle = Box(left: 0, top: plot.height / 2 - 1, right: plot.width, bottom: plot.height / 2 + 1)
        let first = obstacles.first { $0.box.touches(middle) }
        let row = try #require(first).box
        #expect(abs(row.left - plot.x.position(20)!) < 4 && abs(row.right - plot.x.position(x[499])!) < 4)
    }

    @Test func areasAreAvoidedAndMayBeCovered() throws {
        // On the right there is a bar up to the rule and beyond it.
        let bars = chart([.bars(x: [5, 36], [0.1, 0.9]), .rule(y: 0.5, label: "goal")])
        #expect(try box(of: "goal", in: SVGReader(bars.svg)).right < plot(of: bars).x.position(33)!)
        let band = chart([.band(x: [0, 20, 40], [0.5, 0.5, 0.5], [0.6, 0.6, 0.6]), .rule(y: 0.5, label: "goal")])
        #expect(try box(of: "goal", in: SVGReader(band.svg)).top > plot(of: band).y.position(0.5)!)
        let map = Chart(theme: .light, marks: [.heatMap([[0, 1, 2], [3, 4, 5]]), .rule(x: 1, label: "cut")])
        #expect(try haloCount(SVGReader(map.svg)) == 1)
        // A bar may be covered, but not the edge that says how high it is.
        let wide = chart([.bars(x: [20], [0.98]), .rule(x: 20, label: "mean")], x: 19.8...20.2)
        let svg = try SVGReader(wide.svg)
        let top = try #require(plot(of: wide).y.position(0.98))
        #expect(try box(of: "mean", in: svg).top > top + 1 && haloCount(svg) == 1)
        let counts = chart([.histogram((0..<30).map { Double($0) }, bins: 3), .rule(y: 9, label: "goal")], y: 0...12)
        #expect(try box(of: "goal", in: SVGReader(counts.svg)).right > plot(of: counts).width - 5)
    }

    @Test func labelsOfNeighboursDoNotOverlap() throws {
        let chart = chart([.rule(y: 0.5, label: "one"), .rule(y: 0.52, label: "two"), .rule(x: 39, label: "three")])
        let svg = try SVGReader(chart.svg)
        let boxes = try ["one", "two", "three"].map { try box(of: $0, in: svg) }
        #expect(haloCount(svg) == 3)
        for (first, second) in [(0, 1), (0, 2), (1, 2)] { #expect(boxes[first].overlap(boxes[second]) == 0) }
        // The second one cannot be on the right, and on the left there is the first one.
        let beside = self.chart([
            .rule(x: 20, label: "wide label"), .rule(x: 28, label: "another wide label"),
            .line(x: [28.2, 40], y: [0.98, 0.98]),
        ])
        let places = try ["wide label", "another wide label"].map { try box(of: $0, in: SVGReader(beside.svg)) }
        #expect(places[0].overlap(places[1]) == 0 && places[0].top < 12)
        // A label that no place is long enough for is still there.
        let long = self.chart([.rule(y: 0.5, label: String(repeating: "long ", count: 40))])
        #expect(try SVGReader(long.svg).texts.contains { $0.hasPrefix("long") })
    }

    @Test func lengthsOfLinesInBoxes() {
        let box = Box(left: 1, top: 2, right: 5, bottom: 4)
        func length(_ x: Double, _ y: Double, _ endX: Double, _ endY: Double) -> Double {
            box.length(from: Point(x: x, y: y), to: Point(x: endX, y: endY))
        }
        #expect(length(0, 3, 9, 3) == 4 && length(3, 0, 3, 9) == 2 && length(2, 3, 4, 3) == 2)
        for diagonal in [length(0, 1, 4, 5), length(4, 5, 0, 1)] { #expect(abs(diagonal - 8.0.squareRoot()) < 1e-12) }
        #expect(length(0, 1, 9, 1) == 0 && length(0, 0, 1, 9) == 0 && length(6, 2, 9, 4) == 0)
        #expect(length(3, 3, 3, 3) == 0)
    }
}
