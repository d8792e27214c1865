import TapestryArrays
import TapestryAutograd

/// An extent, or a position, of a translation that holds for all extents of some axes.
enum OpenExtent: Hashable {
    case fixed(Int)
    /// The product of open extents, by their numbers, times a factor, plus an offset.
    case open([Int], factor: Int, offset: Int)
}

/// The axes whose extents are left open. A function is recorded twice, with two extents for each of them: what is the
/// same in both recordings holds for all, and a number that differs is taken for the multiple of an open extent, or of
/// a product of two, that it was in both, or an open extent plus or minus a constant, such as the last position.
struct OpenExtents {
    let names: [String]
    private let format: String

    init(names: [String], format: String) {
        self.names = names
        self.format = format
    }

    /// The extents of an axis in both recordings. No small multiple of one is one of another, nor are the differences.
    static func samples(_ number: Int) -> (a: Int, b: Int) {
        let pairs = [(5, 7), (11, 23), (13, 31), (17, 43)]
        return pairs[number]
    }

    /// The most axes that can be left open.
    static let limit = 4

    /// What a number was in both recordings.
    func extent(_ a: Int, _ b: Int) throws(ExportError) -> OpenExtent {
        if a == b { return .fixed(a) }
        let numbers = names.indices.map { ([$0], OpenExtents.samples($0)) }
        let pairs = names.indices.flatMap { first in
            names.indices.filter { $0 > first }.map { second in
                let (x, y) = (OpenExtents.samples(first), OpenExtents.samples(second))
                return ([first, second], (a: x.a * y.a, b: x.b * y.b))
            }
        }
        for (factors, sample) in numbers + pairs where a.isMultiple(of: sample.a) && a / sample.a * sample.b == b {
            return .open(factors, factor: a / sample.a, offset: 0)
        }
        for (factors, sample) in numbers {
            for factor in [1, -1] where a - factor * sample.a == b - factor * sample.b {
                return .open(factors, factor: factor, offset: a - factor * sample.a)
            }
        }
        throw error("an extent of \(a) in one recording and of \(b) in another")
    }

    func shape(_ a: [Int], _ b: [Int]) throws(ExportError) -> [OpenExtent] {
        guard a.count == b.count else { throw error("the shapes \(a) and \(b)") }
        var shape: [OpenExtent] = []
        for (a, b) in zip(a, b) { shape.append(try extent(a, b)) }
        return shape
    }

    /// That something depends on the open axes in a way that cannot be said.
    func error(_ reason: String) -> ExportError {
        ExportError(
            format: format,
            reason:
                "how the function depends on the extents of \(names.map(\.quoted).joined(separator: " and ")) is not known: \(reason)"
        )
    }
}

extension NDArray {
    /// The elements again and again along an axis, until there are as many as wanted.
    func cycled(axis: Int, to count: Int) -> NDArray {
        if shape[axis] == 0 { trap("export", "there is no element along axis \(axis) of shape \(shape)") }
        let parts = stride(from: 0, to: count, by: shape[axis]).map { start in
            sliced(AxisSlice(axis: axis, start: 0, count: min(shape[axis], count - start)))
        }
        return .concatenated(parts, axis: axis)
    }
}
