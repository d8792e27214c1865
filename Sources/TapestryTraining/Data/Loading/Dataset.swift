import TapestryArrays

/// Examples that can be read by their positions: what a ``DataLoader`` makes batches of.
///
/// Arrays are data sets. A type of one's own says how many examples there are and how one is read, from a file or by
/// computing it; it is read on another thread where a loader fetches ahead.
///
/// ```swift
/// struct Squares: Dataset, Sendable {
///     let count = 1000
///     func example(at index: Int) -> (Float, Float) { (Float(index), Float(index * index)) }
/// }
/// ```
public protocol Dataset<Example> {
    /// One example: an input with its target, a sentence with its label.
    associatedtype Example

    /// The number of examples.
    var count: Int { get }

    /// The example at a position from `0 ..< count`.
    ///
    /// - Throws: Whatever makes an example unreadable; a loader passes it on.
    func example(at index: Int) throws -> Example
}

extension Array: Dataset {
    /// The element at a position.
    public func example(at index: Int) -> Element { self[index] }
}

extension Dataset {
    /// The same examples, each changed when it is read.
    public func mappingExamples<Result>(
        _ transform: @escaping @Sendable (Example) throws -> Result
    ) -> MappedDataset<Self, Result> {
        MappedDataset(base: self, transform: transform)
    }

    /// The examples at some positions, in their order. Traps if there is none at one of them.
    public func examples(at positions: [Int]) -> DatasetSubset<Self> { DatasetSubset(self, positions) }
}

/// A data set whose examples are changed when they are read.
public struct MappedDataset<Base: Dataset, Example>: Dataset {
    let base: Base
    let transform: @Sendable (Base.Example) throws -> Example

    /// As many as the base has.
    public var count: Int { base.count }

    /// The example of the base, changed.
    public func example(at index: Int) throws -> Example { try transform(base.example(at: index)) }
}

extension MappedDataset: Sendable where Base: Sendable {}

/// Some examples of a data set: a part to train on, or one to judge by.
public struct DatasetSubset<Base: Dataset>: Dataset {
    let base: Base
    /// Where the examples are in the base.
    public let positions: [Int]

    init(_ base: Base, _ positions: [Int]) {
        if let wrong = positions.first(where: { !(0..<base.count).contains($0) }) {
            trap("examples", "there is no example \(wrong) among \(base.count)")
        }
        (self.base, self.positions) = (base, positions)
    }

    /// The number of positions.
    public var count: Int { positions.count }

    /// The base's example at the position of that number.
    public func example(at index: Int) throws -> Base.Example { try base.example(at: positions[index]) }
}

extension DatasetSubset: Sendable where Base: Sendable {}
