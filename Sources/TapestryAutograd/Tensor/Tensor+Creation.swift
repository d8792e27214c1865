import TapestryArrays

extension Tensor {
    /// A tensor of rank 0.
    public init(_ scalar: Scalar) { self.init(Value(NDArray([scalar], shape: []))) }

    /// A vector.
    public init(_ scalars: [Scalar]) { self.init(Value(NDArray(scalars, shape: [scalars.count]))) }

    /// A matrix from its rows; traps when they differ in length.
    @_disfavoredOverload  // so that `[]` is a vector
    public init(_ rows: [[Scalar]]) { self.init(nested: rows) }

    /// A tensor of rank 3 from nested arrays.
    @_disfavoredOverload
    public init(_ nested: [[[Scalar]]]) { self.init(nested: nested) }

    /// A tensor of rank 4 from nested arrays.
    @_disfavoredOverload
    public init(_ nested: [[[[Scalar]]]]) { self.init(nested: nested) }

    /// A tensor from elements in row-major order.
    ///
    /// ```swift
    /// Tensor<Float>(shape: [2, 3], scalars: [1, 2, 3, 4, 5, 6])
    /// ```
    public init(shape: [Int], scalars: [Scalar]) {
        _ = Layout.count(of: shape, in: "tensor")
        self.init(Value(NDArray(scalars, shape: shape)))
    }

    /// All elements equal to `scalar`. Traps on a negative extent.
    public init(repeating scalar: Scalar, shape: [Int]) { self.init(repeating: scalar, shape: shape, in: "tensor") }

    /// The same for an operation that is named in messages.
    init(repeating scalar: Scalar, shape: [Int], in operation: String) {
        _ = Layout.count(of: shape, in: operation)
        self.init(Value(NDArray([scalar], shape: []).viewed(Layout.scalar.expanded(to: shape)!).copied()))
    }

    /// A tensor of any rank from nested arrays of equal lengths; traps when they are ragged.
    public init<Nested: NestedScalars>(nested: Nested) where Nested.Scalar == Scalar {
        var scalars: [Scalar] = []
        let shape = nested._nestedShape
        nested._append(to: &scalars, shape: shape[...], whole: shape)
        self.init(shape: shape, scalars: scalars)
    }

    /// The elements as nested arrays, as deep as the rank: `let rows: [[Float]] = matrix.nestedArray()`. Traps if the
    /// type nests otherwise.
    public func nestedArray<Nested: NestedScalars>(as type: Nested.Type = Nested.self) -> Nested
    where Nested.Scalar == Scalar {
        if Nested._nestedDepth != rank { trap("nestedArray", "a tensor of shape \(shape) does not nest as \(type)") }
        return Nested(_nestedShape: shape[...], scalars: elements(in: "nestedArray")[...])
    }
}

extension Tensor where Scalar: Numeric {
    /// All zeros. Traps on a negative extent.
    public static func zeros(_ shape: [Int]) -> Tensor { Tensor(repeating: 0, shape: shape, in: "zeros") }
    /// All ones. Traps on a negative extent.
    public static func ones(_ shape: [Int]) -> Tensor { Tensor(repeating: 1, shape: shape, in: "ones") }
    /// Zeros of this tensor's shape.
    public var zerosLike: Tensor { .zeros(shape) }

    /// The identity matrix `[count, count]`; traps when the count is negative.
    public static func identity(_ count: Int) -> Tensor {
        _ = Layout.count(of: [count, count], in: "identity")
        return Tensor(.identity(count, Scalar.elementType))
    }
}

extension Tensor where Scalar: Numeric & Strideable {
    /// The numbers `start`, `start + step`, … that lie before `end`, as a vector: `arange(to: 3)` is 0, 1, 2. Traps
    /// when the step is 0 or leads away from the end, or when one of the three is not finite.
    public static func arange(from start: Scalar = 0, to end: Scalar, by step: Scalar.Stride = 1) -> Tensor {
        func fail(_ rule: String) -> Never { trap("arange", "from \(start) to \(end) by \(step): \(rule)") }
        func number(_ stride: Scalar.Stride) -> Double {
            switch stride {
            case let stride as Float: Double(stride)
            case let stride as Double: stride
            default: Double(stride as! Int)
            }
        }
        let (distance, length) = (number(start.distance(to: end)), number(step))
        if !distance.isFinite || !length.isFinite { fail("start, end and step must be finite") }
        if length == 0 { fail("the step is 0") }
        if distance / length < 0 { fail("the step leads away from the end") }
        if distance / length > 0x1p40 { fail("there are more numbers than memory can hold") }
        return Tensor(Array(stride(from: start, to: end, by: step)))
    }
}

extension Tensor where Scalar: DifferentiableScalar {
    /// So many numbers at equal distances from `start` to `end`, both included; `start` alone if there is one number.
    /// Traps when the count is negative, or an end is not finite.
    public static func linspace(from start: Scalar, to end: Scalar, count: Int) -> Tensor {
        if count < 0 || count > 1 << 40 {
            trap("linspace", "the count \(count) is negative, or more than memory can hold")
        }
        if !start.isFinite || !end.isFinite { trap("linspace", "from \(start) to \(end): both must be finite") }
        let numbers = (0..<count).map { index -> Scalar in
            if index == 0 { return start }
            if index == count - 1 { return end }
            let part = Scalar(index) / Scalar(count - 1)
            return start * (1 - part) + end * part
        }
        return Tensor(numbers)
    }
}
