/// A rectangle on the page, upright, in pixels.
struct Box: Equatable {
    var left, top, right, bottom: Double

    /// The rectangle with more room on every side.
    func grown(by margin: Double) -> Box {
        Box(left: left - margin, top: top - margin, right: right + margin, bottom: bottom + margin)
    }

    /// The least rectangle around both.
    func union(_ other: Box) -> Box {
        Box(
            left: min(left, other.left), top: min(top, other.top), right: max(right, other.right),
            bottom: max(bottom, other.bottom))
    }

    /// Whether both have a point in common.
    func touches(_ other: Box) -> Bool {
        left <= other.right && other.left <= right && top <= other.bottom && other.top <= bottom
    }

    /// The area that both cover.
    func overlap(_ other: Box) -> Double {
        max(min(right, other.right) - max(left, other.left), 0)
            * max(min(bottom, other.bottom) - max(top, other.top), 0)
    }

    /// How much of the line between two points lies inside.
    func length(from first: Point, to last: Point) -> Double {
        let (width, height) = (last.x - first.x, last.y - first.y)
        // Between which shares of its length the line is between two sides.
        func part(_ start: Double, _ extent: Double, _ sides: (Double, Double)) -> (from: Double, to: Double) {
            guard extent != 0 else { return sides.0 <= start && start <= sides.1 ? (0, 1) : (1, 0) }
            let ends = ((sides.0 - start) / extent, (sides.1 - start) / extent)
            return (min(ends.0, ends.1), max(ends.0, ends.1))
        }
        let across = part(first.x, width, (left, right)), down = part(first.y, height, (top, bottom))
        let (from, to) = (max(across.from, down.from, 0), min(across.to, down.to, 1))
        return from < to ? (to - from) * (width * width + height * height).squareRoot() : 0
    }
}

/// Something drawn that a label had better not cover.
enum Obstacle {
    /// A thin line, which a label would cut.
    case line(from: Point, to: Point)
    /// A text.
    case text(Box)
    /// An area of one colour, upon which a text can be read.
    case area(Box)

    var box: Box {
        switch self {
        case .line(let first, let last):
            Box(
                left: min(first.x, last.x), top: min(first.y, last.y), right: max(first.x, last.x),
                bottom: max(first.y, last.y))
        case .text(let box), .area(let box): box
        }
    }

    /// A dot, as the line across it.
    static func dot(at point: Point, size: Double) -> Obstacle { stroke(from: point, length: 0, size: size) }

    /// A line to the right with round ends of a size.
    static func stroke(from point: Point, length: Double, size: Double) -> Obstacle {
        .line(from: Point(x: point.x - size / 2, y: point.y), to: Point(x: point.x + length + size / 2, y: point.y))
    }

    /// The lines through points.
    static func lines(through points: [Point]) -> [Obstacle] {
        zip(points, points.dropFirst()).map { .line(from: $0, to: $1) }
    }
}
