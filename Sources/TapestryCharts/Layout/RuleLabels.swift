/// The labels of rules, each at that place along its rule where it covers least of what is drawn.
struct RuleLabels {
    /// A place for a label: what it covers, and where its text stands.
    private struct Place {
        let box: Box
        let point: Point
        let anchor: Label.Anchor
    }

    let elements: [SVGElement]

    init(of marks: [Mark], as styles: [SeriesStyle], in plot: Plot) {
        let rules = marks.map { $0.content as? RuleMark }
        var obstacles: [(mark: Int?, obstacle: Obstacle)] = []
        if rules.contains(where: { $0?.text?.isEmpty == false }) {
            for (number, (mark, style)) in zip(marks, styles).enumerated() {
                obstacles += mark.content.obstacles(in: plot, as: style).map { (number, $0) }
            }
        }
        var elements: [SVGElement] = []
        for (number, rule) in rules.enumerated() {
            guard let rule, let text = rule.text, !text.isEmpty, let position = rule.position(in: plot) else {
                continue
            }
            // The line of a rule outside of the plot is cut off. At an end of the axis only rounding is outside.
            let length = rule.axis == .x ? plot.width : plot.height
            guard (-Self.rounding...length + Self.rounding).contains(position) else { continue }
            let places = rule.axis == .x ? Self.beside(position, text, plot) : Self.along(position, text, plot)
            // Only what lies where a label may be; of the rule itself it keeps off anyway.
            let reach = places.dropFirst().reduce(places[0].box) { $0.union($1.box) }.grown(by: Self.margin)
            let near = obstacles.filter { $0.mark != number && $0.obstacle.box.touches(reach) }.map(\.obstacle)
            var best = (place: places[0], covered: Self.covered(by: places[0].box, of: near))
            for place in places.dropFirst() where best.covered != (0, 0) {
                let covered = Self.covered(by: place.box, of: near)
                if covered < best.covered { best = (place, covered) }
            }
            // The page's colour around a text would cut the lines behind it; a stronger text has to do there.
            let isFree = best.covered.lines == 0
            let label = Label.element(
                text, at: best.place.point, anchor: best.place.anchor, ink: isFree ? .faint : .text)
            elements.append(isFree ? label.haloed : label)
            obstacles.append((nil, .text(best.place.box)))
        }
        self.elements = elements
    }

    /// How far the page's colour around a text, and half of a line's width, reach together.
    private static let margin = 3.0
    /// How far outside of the plot, in pixels, a rule may be by rounding alone.
    private static let rounding = 1e-6
    /// The height of letters above their line, and below it.
    private static let (ascent, descent) = (0.8 * Label.tickSize, 0.25 * Label.tickSize)

    /// What a label in a box covers, in whole pixels, so that rounding decides nothing: of lines the length and of
    /// other labels the area, which count before the area of all else.
    private static func covered(by box: Box, of obstacles: [Obstacle]) -> (lines: Int, areas: Int) {
        var (lines, areas) = (0.0, 0.0)
        let outline = box.grown(by: margin)
        for obstacle in obstacles {
            switch obstacle {
            case .line(let first, let last): lines += outline.length(from: first, to: last)
            case .text(let other): lines += outline.overlap(other)
            case .area(let other): areas += box.overlap(other)
            }
        }
        return (Int(lines.rounded(.up)), Int(areas.rounded()))
    }

    /// Places above and below a rule across the chart: at the right end, at the left one, and then between, from the
    /// right.
    private static func along(_ y: Double, _ text: String, _ plot: Plot) -> [Place] {
        let width = TextMetrics.width(text, size: Label.tickSize)
        let baselines = [y - 5, y + 12].filter { $0 - ascent >= 0 && $0 + descent <= plot.height }
        func places(_ left: Double, _ x: Double, _ anchor: Label.Anchor) -> [Place] {
            (baselines.isEmpty ? [y - 5] : baselines).map { baseline in
                let box = Box(left: left, top: baseline - ascent, right: left + width, bottom: baseline + descent)
                return Place(box: box, point: Point(x: x, y: baseline), anchor: anchor)
            }
        }
        let right = plot.width - 3 - width
        let between = stride(from: right - 8, to: 3, by: -8).flatMap { places($0, $0 + width / 2, .middle) }
        return places(right, plot.width - 3, .end) + (right > 3 ? places(3, 3, .start) : []) + between
    }

    /// Places on the right and on the left of a rule that goes up: at the top, at the bottom, and then between, from
    /// the top.
    private static func beside(_ x: Double, _ text: String, _ plot: Plot) -> [Place] {
        let width = TextMetrics.width(text, size: Label.tickSize)
        let right = (left: x + 5, x: x + 5, anchor: Label.Anchor.start)
        let left = (left: x - 5 - width, x: x - 5, anchor: Label.Anchor.end)
        let sides = [right, left].filter { $0.left >= 0 && $0.left + width <= plot.width }
        let lowest = plot.height - 5
        let baselines = [11, lowest] + stride(from: 25, to: lowest, by: 14)
        return baselines.flatMap { baseline in
            (sides.isEmpty ? [right] : sides).map { side in
                let box = Box(
                    left: side.left, top: baseline - ascent, right: side.left + width, bottom: baseline + descent)
                return Place(box: box, point: Point(x: side.x, y: baseline), anchor: side.anchor)
            }
        }
    }
}
