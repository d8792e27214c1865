import Foundation
import TapestryArrays

extension Tensor: CustomStringConvertible {
    /// The elements as nested rows, with the middle left out where an axis is long:
    ///
    /// ```
    /// Tensor<Float>[2, 3]
    /// [[1, 2, 3],
    ///  [4, 5, 6]]
    /// ```
    ///
    /// Traps inside of `vmap`, where one example has no elements.
    public var description: String {
        var shown: [String] = []
        let sizes = shape.map { $0 > TensorText.longest ? 2 * TensorText.edge : $0 }
        collect(readable(in: "description"), into: &shown)
        let width = shown.map(\.count).max() ?? 0
        var next = shown.makeIterator()
        let body = rank == 0 || count == 0 ? shown.first ?? "[]" : rows(axis: 0, sizes, width, &next)
        return "Tensor<\(Scalar.self)>\(shape)\(rank == 0 ? " " : "\n")\(body)"
    }

    private func collect(_ array: NDArray, into shown: inout [String]) {
        if array.count == 0 { return }
        if array.rank == 0 {
            shown.append(TensorText.text(array.scalar(as: Scalar.self)))
            return
        }
        let extent = array.shape[0]
        let isLong = shape[rank - array.rank] > TensorText.longest
        for position in 0..<extent {
            if isLong, position >= TensorText.edge, position < extent - TensorText.edge { continue }
            let part = array.sliced(AxisSlice(axis: 0, start: position, count: 1))
            collect(part.viewed(part.layout.squeezed([0])), into: &shown)
        }
    }

    private func rows(
        axis: Int, _ sizes: [Int], _ width: Int, _ next: inout IndexingIterator<[String]>
    ) -> String {
        let isLast = axis == rank - 1
        let isLong = shape[axis] > TensorText.longest
        var parts: [String] = []
        for position in 0..<sizes[axis] {
            if isLong, position == TensorText.edge { parts.append("…") }
            if isLast {
                let text = next.next()!
                parts.append(String(repeating: " ", count: width - text.count) + text)
            } else {
                parts.append(rows(axis: axis + 1, sizes, width, &next))
            }
        }
        let indent = String(repeating: " ", count: axis + 1)
        let separator = isLast ? ", " : "," + String(repeating: "\n", count: rank - 1 - axis) + indent
        return "[" + parts.joined(separator: separator) + "]"
    }
}

package enum TensorText {
    /// Axes longer than this show only their ends …
    package static let longest = 8
    /// … of this many elements each.
    package static let edge = 3

    /// The elements of floating-point numbers on one line, or of more than a few the largest magnitude.
    static func line(_ array: NDArray) -> String {
        let elements = array.converted(to: .float64).elements(as: Double.self)
        if elements.count > longest {
            let largest = elements.contains(where: \.isNaN) ? .nan : elements.lazy.map(\.magnitude).max()!
            return "largest magnitude \(text(largest))"
        }
        var texts = elements.map { text($0) }
        for extent in array.shape.reversed() {
            texts = stride(from: 0, to: texts.count, by: Swift.max(extent, 1)).map { start in
                "[" + texts[start..<(start + extent)].joined(separator: ", ") + "]"
            }
        }
        return texts.first ?? "[]"
    }

    package static func text<Scalar: TensorScalar>(_ scalar: Scalar) -> String {
        switch scalar {
        case let number as Float: short(Double(number), digits: 5)
        case let number as Double: short(number, digits: 5)
        default: "\(scalar)"
        }
    }

    /// At most so many significant digits, without trailing zeros.
    private static func short(_ number: Double, digits: Int) -> String {
        if number.isNaN { return "nan" }
        if number.isInfinite { return number < 0 ? "-inf" : "inf" }
        if number == number.rounded(), number.magnitude < 1e6 { return number == 0 ? "0" : "\(Int(number))" }
        return String(format: "%.\(digits)g", number)
    }
}
