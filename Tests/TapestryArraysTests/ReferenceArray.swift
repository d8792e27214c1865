import TapestryArrays
import TapestryTestSupport

/// An array in its plainest form, to compare with: every element in row-major order, every position written out.
struct ReferenceArray: Equatable {
    let shape: [Int]
    let elements: [Double]

    /// The array whose element at each position is given.
    init(shape: [Int], _ element: ([Int]) -> Double) {
        self.shape = shape
        elements = ReferenceArray.positions(in: shape).map(element)
    }

    subscript(position: [Int]) -> Double {
        elements[zip(position, shape).reduce(0) { $0 * $1.1 + $1.0 }]
    }

    /// The element at a position of a larger shape that this array is broadcast to.
    func broadcast(_ position: [Int]) -> Double {
        self[zip(position.suffix(shape.count), shape).map { $1 == 1 ? 0 : $0 }]
    }

    /// Whether shapes and elements agree, where NaN agrees with NaN.
    func agrees(with other: ReferenceArray) -> Bool {
        shape == other.shape && zip(elements, other.elements).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
    }

    /// The array whose lines along an axis are those of this one as `transform` changes them.
    func mapLines(_ axis: Int, _ transform: ([Double]) -> [Double]) -> ReferenceArray {
        var across = shape
        across[axis] = 1
        var lines: [[Int]: [Double]] = [:]
        var length = 0
        for position in ReferenceArray.positions(in: across) {
            let line = transform((0..<shape[axis]).map { self[position.replacing(axis, by: $0)] })
            length = line.count
            lines[position] = line
        }
        return ReferenceArray(shape: shape.replacing(axis, by: lines.isEmpty ? shape[axis] : length)) { position in
            lines[position.replacing(axis, by: 0)]![position[axis]]
        }
    }

    /// All positions in a shape, in row-major order.
    static func positions(in shape: [Int]) -> [[Int]] {
        shape.reduce([[]]) { positions, extent in
            positions.flatMap { position in (0..<extent).map { position + [$0] } }
        }
    }
}

extension [Int] {
    func replacing(_ position: Int, by element: Int) -> [Int] {
        var result = self
        result[position] = element
        return result
    }
}

/// A strided array and what it should hold: every view is taken of both.
struct Sample {
    let array: NDArray
    let reference: ReferenceArray

    var shape: [Int] { reference.shape }

    /// Whole numbers, so that all element types hold them exactly and sums don't depend on their order.
    static func random(
        _ shape: [Int], _ type: ElementType = .float64, in range: ClosedRange<Int> = -8...8,
        using generator: inout SeededGenerator
    ) -> Sample {
        random(shape, type, from: range.map { Double($0) }, using: &generator)
    }

    static func random(
        _ shape: [Int], _ type: ElementType, from numbers: [Double], using generator: inout SeededGenerator
    ) -> Sample {
        let reference = ReferenceArray(shape: shape) { _ in numbers.randomElement(using: &generator)! }
        return Sample(
            array: NDArray(reference.elements, shape: shape).converted(to: type), reference: reference)
    }

    /// The same shape in each of the layouts that operations treat differently.
    static func inAllLayouts(
        _ shape: [Int], _ type: ElementType = .float64, in range: ClosedRange<Int> = -8...8,
        using generator: inout SeededGenerator
    ) -> [Sample] {
        inAllLayouts(shape, type, from: range.map { Double($0) }, using: &generator)
    }

    static func inAllLayouts(
        _ shape: [Int], _ type: ElementType, from numbers: [Double], using generator: inout SeededGenerator
    ) -> [Sample] {
        func random(_ shape: [Int]) -> Sample { self.random(shape, type, from: numbers, using: &generator) }
        var samples = [random(shape)]
        if shape.count > 1 { samples.append(random(shape.reversed()).permuted(shape.indices.reversed())) }
        if !shape.isEmpty {
            let whole = random(shape.map { 2 * $0 + 1 })
            samples.append(
                shape.indices.reduce(whole) {
                    $0.sliced(AxisSlice(axis: $1, start: 1, count: shape[$1], step: 2))
                })
            // The first axis backwards, and all of them, every second position.
            samples.append(random(shape).flipped(0, step: 1))
            samples.append(shape.indices.reduce(random(shape.map { 2 * $0 })) { $0.flipped($1, step: 2) })
        }
        for axis in shape.indices where shape[axis] > 1 {
            var narrow = shape
            narrow[axis] = 1
            samples.append(random(narrow).expanded(to: shape))
        }
        return samples
    }

    /// Every `step`-th position of an axis, from the last one backwards.
    func flipped(_ axis: Int, step: Int) -> Sample {
        sliced(AxisSlice(axis: axis, start: shape[axis] - 1, count: shape[axis] / step, step: -step))
    }

    /// What is special among floating-point numbers, and a few numbers that are often equal.
    static let edgeNumbers: [Double] = [.nan, .infinity, -.infinity, -0.0, 0, 1, 1, 2, -3, -3, 0.5]

    func sliced(_ slice: AxisSlice) -> Sample {
        var shape = shape
        shape[slice.axis] = slice.count
        return Sample(
            array: array.sliced(slice),
            reference: ReferenceArray(shape: shape) { position in
                var source = position
                source[slice.axis] = slice.start + slice.step * position[slice.axis]
                return reference[source]
            })
    }

    func permuted(_ order: [Int]) -> Sample {
        Sample(
            array: array.viewed(array.layout.permuted(order)),
            reference: ReferenceArray(shape: order.map { shape[$0] }) { position in
                var source = position
                for (axis, from) in order.enumerated() { source[from] = position[axis] }
                return reference[source]
            })
    }

    func expanded(to target: [Int]) -> Sample {
        Sample(
            array: array.viewed(array.layout.expanded(to: target)!),
            reference: ReferenceArray(shape: target) { reference.broadcast($0) })
    }

    func unsqueezed(_ axis: Int) -> Sample {
        var shape = shape
        shape.insert(1, at: axis)
        return Sample(array: array.viewed(array.layout.unsqueezed([axis])), reference: reference.reshaped(to: shape))
    }

    func squeezed(_ axis: Int) -> Sample {
        var shape = shape
        shape.remove(at: axis)
        return Sample(array: array.viewed(array.layout.squeezed([axis])), reference: reference.reshaped(to: shape))
    }

    func reshaped(to target: [Int]) -> Sample {
        Sample(array: array.reshaped(to: target), reference: reference.reshaped(to: target))
    }
}

extension ReferenceArray {
    func reshaped(to target: [Int]) -> ReferenceArray {
        var next = elements.makeIterator()
        return ReferenceArray(shape: target) { _ in next.next()! }
    }
}

extension NDArray {
    /// The elements of an array of any type, as numbers.
    var numbers: [Double] { converted(to: .float64).elements(as: Double.self) }

    /// Shape and elements, for comparison.
    var plain: ReferenceArray {
        var next = numbers.makeIterator()
        return ReferenceArray(shape: shape) { _ in next.next()! }
    }
}
