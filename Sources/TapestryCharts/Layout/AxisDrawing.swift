/// The lines and labels of two axes around a plot, in pixels from its upper left corner.
struct AxisDrawing {
    let x, y: AxisGuide
    let labels: (x: String?, y: String?)
    /// How far the labels of the ticks reach to the left of the plot, and below it.
    let depth: (left: Double, bottom: Double)

    private var width: Double { x.scale.length }
    private var height: Double { y.scale.length }

    /// What lies under the marks.
    var grid: [SVGElement] {
        func lines(_ guide: AxisGuide, _ line: (Double, inout PathData) -> Void) -> SVGElement? {
            guard !guide.hasSlots else { return nil }
            var path = PathData()
            for place in guide.ticks.map(\.place) { line(place, &path) }
            return path.isEmpty ? nil : SVGElement("path", ["d": path.text]).painted(.stroke, .grid)
        }
        let vertical = lines(x) { place, path in
            path.move(to: Point(x: place, y: 0))
            path.line(to: Point(x: place, y: height))
        }
        let horizontal = lines(y) { place, path in
            path.move(to: Point(x: 0, y: place))
            path.line(to: Point(x: width, y: place))
        }
        return [vertical, horizontal].compactMap(\.self)
    }

    /// What lies over the marks: the line at the bottom, the ticks, and all labels.
    var elements: [SVGElement] { frame + tickLabels + axisLabels }

    private var frame: [SVGElement] {
        guard !x.hasSlots || !y.hasSlots else { return [] }
        var path = PathData()
        path.move(to: Point(x: 0, y: height))
        path.line(to: Point(x: width, y: height))
        if !x.hasSlots {
            for place in x.ticks.map(\.place) {
                path.move(to: Point(x: place, y: height))
                path.line(to: Point(x: place, y: height + 4))
            }
        }
        for place in x.minor {
            path.move(to: Point(x: place, y: height))
            path.line(to: Point(x: place, y: height + 2.5))
        }
        for place in y.minor {
            path.move(to: Point(x: -2.5, y: place))
            path.line(to: Point(x: 0, y: place))
        }
        return [SVGElement("path", ["d": path.text]).painted(.stroke, .axis)]
    }

    private var tickLabels: [SVGElement] {
        let below = x.ticks.map { tick in
            x.isTurned
                ? Label.element(tick.text, at: Point(x: tick.place + 4, y: height + 12), anchor: .end, rotation: -45)
                : Label.element(tick.text, at: Point(x: tick.place, y: height + 17), anchor: .middle)
        }
        let beside = y.ticks.map { tick in
            Label.element(tick.text, at: Point(x: -7, y: tick.place + Label.tickSize * 0.35), anchor: .end)
        }
        return below + beside
    }

    private var axisLabels: [SVGElement] {
        var elements: [SVGElement] = []
        if let text = labels.x {
            let place = Point(x: width / 2, y: height + depth.bottom + 13)
            elements.append(Label.element(text, at: place, size: Label.textSize, anchor: .middle, ink: .text))
        }
        if let text = labels.y {
            let place = Point(x: -depth.left - 9, y: height / 2)
            elements.append(
                Label.element(text, at: place, size: Label.textSize, anchor: .middle, ink: .text, rotation: -90))
        }
        return elements
    }
}
