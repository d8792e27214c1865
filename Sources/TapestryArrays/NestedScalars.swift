/// Arrays of scalars, nested to any depth: `Float`, `[Float]`, `[[Float]]`, and so on.
///
/// The requirements are for tensors alone. Their underscores keep them out of sight on the standard library's types.
public protocol NestedScalars {
    /// What the innermost arrays hold.
    associatedtype Scalar: TensorScalar
    /// How many arrays are around each scalar.
    static var _nestedDepth: Int { get }
    /// The shape, read off the first element of each level.
    var _nestedShape: [Int] { get }
    /// Appends the scalars in row-major order; traps where the lengths are not those of `shape`.
    func _append(to scalars: inout [Scalar], shape: ArraySlice<Int>, whole: [Int])
    /// Builds the nesting from scalars in row-major order.
    init(_nestedShape shape: ArraySlice<Int>, scalars: ArraySlice<Scalar>)
}

extension TensorScalar {
    /// A scalar stands for itself, without an array around it.
    public static var _nestedDepth: Int { 0 }
    /// The shape of a tensor of rank 0.
    public var _nestedShape: [Int] { [] }
    /// Appends this scalar.
    public func _append(to scalars: inout [Scalar], shape: ArraySlice<Int>, whole: [Int]) { scalars.append(self) }
    /// The only scalar there is.
    public init(_nestedShape shape: ArraySlice<Int>, scalars: ArraySlice<Scalar>) { self = scalars.first! }
}

extension Array: NestedScalars where Element: NestedScalars {
    /// What the innermost arrays hold.
    public typealias Scalar = Element.Scalar
    /// One array more than around the scalars of an element.
    public static var _nestedDepth: Int { Element._nestedDepth + 1 }

    /// The count and the shape of the first element; zeros below an array without elements.
    public var _nestedShape: [Int] {
        [count] + (first?._nestedShape ?? [Int](repeating: 0, count: Element._nestedDepth))
    }

    /// Appends the scalars of each element; traps unless the count is the first extent of `shape`.
    public func _append(to scalars: inout [Scalar], shape: ArraySlice<Int>, whole: [Int]) {
        if count != shape.first {
            trap("tensor", "nested arrays are ragged: one has \(count) elements where the shape is \(whole)")
        }
        for element in self { element._append(to: &scalars, shape: shape.dropFirst(), whole: whole) }
    }

    /// Builds as many elements as the first extent of the shape says.
    public init(_nestedShape shape: ArraySlice<Int>, scalars: ArraySlice<Scalar>) {
        let inner = shape.dropFirst()
        let size = inner.reduce(1, *)
        self = (0..<shape.first!).map { index in
            let start = scalars.startIndex + index * size
            return Element(_nestedShape: inner, scalars: scalars[start..<(start + size)])
        }
    }
}
