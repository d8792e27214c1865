/// Arrays of scalars, nested to any depth.
public protocol NestedScalars {
    associatedtype Scalar: TensorScalar
    /// How many arrays are around each scalar.
    static var depth: Int { get }
    /// The shape, read off the first element of each level.
    var nestedShape: [Int] { get }
    /// Appends the scalars in row-major order; traps where the lengths are not those of `shape`.
    func append(to scalars: inout [Scalar], shape: ArraySlice<Int>, whole: [Int])
    /// Builds the nesting from scalars in row-major order.
    init(shape: ArraySlice<Int>, scalars: ArraySlice<Scalar>)
}

extension TensorScalar {
    public static var depth: Int { 0 }
    public var nestedShape: [Int] { [] }
    public func append(to scalars: inout [Scalar], shape: ArraySlice<Int>, whole: [Int]) { scalars.append(self) }
    public init(shape: ArraySlice<Int>, scalars: ArraySlice<Scalar>) { self = scalars.first! }
}

extension Array: NestedScalars where Element: NestedScalars {
    public typealias Scalar = Element.Scalar
    public static var depth: Int { Element.depth + 1 }

    public var nestedShape: [Int] {
        [count] + (first?.nestedShape ?? [Int](repeating: 0, count: Element.depth))
    }

    public func append(to scalars: inout [Scalar], shape: ArraySlice<Int>, whole: [Int]) {
        if count != shape.first {
            trap("tensor", "nested arrays are ragged: one has \(count) elements where the shape is \(whole)")
        }
        for element in self { element.append(to: &scalars, shape: shape.dropFirst(), whole: whole) }
    }

    public init(shape: ArraySlice<Int>, scalars: ArraySlice<Scalar>) {
        let inner = shape.dropFirst()
        let size = inner.reduce(1, *)
        self = (0..<shape.first!).map { index in
            let start = scalars.startIndex + index * size
            return Element(shape: inner, scalars: scalars[start..<(start + size)])
        }
    }
}
