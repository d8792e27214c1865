/// What is known of the values along an axis.
struct ValueRange: Equatable, Sendable {
    private(set) var least: Double?
    private(set) var greatest: Double?
    /// The least that a logarithmic axis can show.
    private(set) var leastPositive: Double?
    private(set) var isWhole = true

    init(_ values: some Sequence<Double> = []) {
        for value in values { add(value) }
    }

    mutating func add(_ value: Double) {
        guard value.isDrawable else { return }
        least = Swift.min(least ?? value, value)
        greatest = Swift.max(greatest ?? value, value)
        if value.isDrawableAsLogarithm { leastPositive = Swift.min(leastPositive ?? value, value) }
        if value != value.rounded() { isWhole = false }
    }

    mutating func add(_ other: ValueRange) {
        for value in [other.least, other.greatest, other.leastPositive] { value.map { add($0) } }
        if !other.isWhole { isWhole = false }
    }
}

/// What a mark needs of the axes.
struct Extent: Equatable, Sendable {
    var x = ValueRange()
    var y = ValueRange()
    /// Whether points at the ends of the x axis need room beyond it.
    var needsRoom = false
    /// Whether the bars stand on zero.
    var includesZero = false

    mutating func add(_ other: Extent) {
        x.add(other.x)
        y.add(other.y)
        needsRoom = needsRoom || other.needsRoom
        includesZero = includesZero || other.includesZero
    }
}
