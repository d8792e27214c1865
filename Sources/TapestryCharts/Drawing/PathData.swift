/// A place on the page, in pixels from its upper left corner.
struct Point: Equatable {
    var x: Double
    var y: Double
}

/// What the `d` attribute of a path says.
struct PathData {
    private(set) var text = ""

    var isEmpty: Bool { text.isEmpty }

    mutating func move(to point: Point) { text += "M\(point.x.svgText) \(point.y.svgText)" }

    mutating func line(to point: Point) { text += "L\(point.x.svgText) \(point.y.svgText)" }

    /// A dot, if the line's ends are round.
    mutating func dot(at point: Point) { stroke(from: point, length: 0) }

    /// A line to the right.
    mutating func stroke(from point: Point, length: Double) {
        move(to: point)
        text += "h\(length.svgText)"
    }

    mutating func close() { text += "Z" }

    /// The points joined by lines.
    mutating func lines(through points: [Point]) {
        guard let first = points.first else { return }
        move(to: first)
        for point in points.dropFirst() { line(to: point) }
    }

    mutating func rectangle(x: Double, y: Double, width: Double, height: Double) {
        text += "M\(x.svgText) \(y.svgText)h\(width.svgText)v\(height.svgText)h\((-width).svgText)Z"
    }
}
