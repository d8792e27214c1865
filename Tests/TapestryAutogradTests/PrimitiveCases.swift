import TapestryArrays
import TapestryTestSupport

@testable import TapestryAutograd

/// One way to exercise a primitive.
struct PrimitiveCase: Sendable {
    let id: Primitive.ID
    let function: FunctionCase<Double>

    init(
        id: Primitive.ID, description: String, shapes: [[Int]], domains: [OperandDomain], hasTies: Bool = false,
        step: Double = 1e-3, tolerance: Double = 1e-8,
        function: @escaping @Sendable ([Tensor<Double>]) -> Tensor<Double>
    ) {
        self.id = id
        var whole = FunctionCase(description, shapes: shapes, domains: domains, function: function)
        whole.hasTies = hasTies
        whole.step = step
        whole.tolerance = tolerance
        // Through Float, rounding is another in each direction.
        if id == .convert { whole.modeTolerance = 1e-6 }
        self.function = whole
    }
}

/// Cases beside the examples of the enumeration of operations: of primitives that no operation calls by itself (the rules of
/// others, functions, what only lean tapes record), or not with such operands, and of values that several records share.
enum PrimitiveCases {
    static let byPrimitive = Dictionary(
        grouping: elementwise + rules + truthValues + normalizations + sumsOfProducts + matrices + completions + windows
            + shapes + rows + elementsByIndex + searches + recurrences + initialRecurrences + runningOdds + functions,
        by: \.id
    ).mapValues { $0.map(\.function) }

    // MARK: Elementwise

    private static let elementwise: [PrimitiveCase] =
        unary(.input, .any) { $0 }
        // Through Float, whose rounding asks for wide steps; they are exact for what is linear.
        + unary(.convert, .any, step: 0.25, tolerance: 1e-5) { $0.converted(to: Float.self).converted() }
        + [[2, 3], [0, 3], []].map { shape in
            PrimitiveCase(
                id: .multiplyAdd, description: "multiplyAdd of \(shape)", shapes: [shape, shape, shape],
                domains: [.any, .any, .any]
            ) { Tensor(.nary(.multiplyAdd, $0.map(\.value))) }
        }
        // A condition that depends on the operand.
        + unary(.select, .nonzero) { select($0 .> 0, $0, $0 * $0) }

    /// The rules that are primitives, as the rules call them.
    private static let rules: [PrimitiveCase] =
        binary(.tanhRule, .any, .any) { Tensor(Value.binary(.tanhRule, $0.value, $1.value)) }
        + binary(.sigmoidRule, .any, .unit) { Tensor(Value.binary(.sigmoidRule, $0.value, $1.value)) }
        + binary(.reluRule, .any, .nonzero) { Tensor(Value.binary(.reluRule, $0.value, $1.value)) }
        + binary(.maximumShare, .distinct, .distinct) { Tensor(Value.binary(.maximumShare, $0.value, $1.value)) }
        + binary(.minimumShare, .distinct, .distinct) { Tensor(Value.binary(.minimumShare, $0.value, $1.value)) }

    /// Truth values of numbers, whose results are made numbers again.
    private static let truthValues: [PrimitiveCase] =
        binary(.and, .nonzero, .nonzero) { (($0 .> 0) .& ($1 .> 0)).converted() }
        + binary(.or, .nonzero, .nonzero) { (($0 .> 0) .| ($1 .> 0)).converted() }
        + binary(.exclusiveOr, .nonzero, .nonzero) { (($0 .> 0) .^ ($1 .> 0)).converted() }
        + unary(.not, .nonzero) { (.!($0 .> 0)).converted() }
        + unary(.isInfinite, .any) { ($0 * .infinity).isInfinite.converted() }
        + unary(.cast, .positive) { $0.converted(to: Int32.self).converted() }
        + reduction(.any) { $0.any(axes: $1, keepingAxes: $2) }
        + reduction(.all) { $0.all(axes: $1, keepingAxes: $2) }

    private static func unary(
        _ id: Primitive.ID, _ domain: OperandDomain, step: Double = 1e-3, tolerance: Double = 1e-8,
        _ function: @escaping @Sendable (Tensor<Double>) -> Tensor<Double>
    ) -> [PrimitiveCase] {
        [[2, 3], [2, 1, 3], [0, 3], []].map { shape in
            PrimitiveCase(
                id: id, description: "\(id) of \(shape)", shapes: [shape], domains: [domain], step: step,
                tolerance: tolerance
            ) { function($0[0]) }
        }
    }

    private static func binary(
        _ id: Primitive.ID, _ first: OperandDomain, _ second: OperandDomain,
        _ function: @escaping @Sendable (Tensor<Double>, Tensor<Double>) -> Tensor<Double>
    ) -> [PrimitiveCase] {
        let pairs: [([Int], [Int])] = [
            ([2, 3], [2, 3]), ([2, 3], [3]), ([], [2, 3]), ([2, 1, 3], [4, 1]), ([1, 3], [0, 3]),
        ]
        return pairs.map { a, b in
            PrimitiveCase(id: id, description: "\(id) of \(a) and \(b)", shapes: [a, b], domains: [first, second]) {
                function($0[0], $0[1])
            }
        }
    }

    private static func reduction(
        _ id: Primitive.ID, _ function: @escaping @Sendable (Tensor<Bool>, [Int]?, Bool) -> Tensor<Bool>
    ) -> [PrimitiveCase] {
        let shapesAndAxes: [([Int], [Int]?)] = [
            ([2, 3, 2], nil), ([2, 3, 2], [0]), ([2, 3, 2], [1]), ([2, 3, 2], [0, 2]), ([0, 3], [0]),
        ]
        return shapesAndAxes.flatMap { shape, axes in
            [true, false].map { keepsAxes in
                PrimitiveCase(
                    id: id, description: "\(id) of \(shape) over \(axes?.description ?? "all"), kept: \(keepsAxes)",
                    shapes: [shape], domains: [.nonzero]
                ) { function($0[0] .> 0, axes, keepsAxes).converted() }
            }
        }
    }

    // MARK: Normalization

    /// Rows of few elements, with an ε that is not lost beside their variance.
    private static let normalizations: [PrimitiveCase] = [[3], [2, 3], [2, 1, 4], [2, 1], [0, 3], [2, 0]].flatMap {
        (shape: [Int]) -> [PrimitiveCase] in
        let epsilon = EpsilonAttributes(0.1)
        let features = Array(shape.suffix(1))
        let sum = [shape, features, shape, features, features, features]
        return [
            PrimitiveCase(id: .standardize, description: "standardized \(shape)", shapes: [shape], domains: [.any]) {
                Tensor(.standardized($0[0].value, epsilon))
            },
            PrimitiveCase(
                id: .standardizeRule, description: "rule of standardized \(shape)", shapes: [shape, shape],
                domains: [.any, .any]
            ) { Tensor(.standardizeRule($0[0].value, $0[1].value, epsilon)) },
            PrimitiveCase(
                id: .layerNorm, description: "sum of layer norms \(shape)", shapes: sum, domains: sum.map { _ in .any }
            ) { Tensor(.sumOfLayerNorms($0.map(\.value), epsilon: 0.1)) },
        ]
    }

    // MARK: Linear algebra

    /// Each list is pairs of operands, and a bias where one is left over.
    private static let sumsOfProducts: [PrimitiveCase] = [
        [[2, 3], [3, 4]], [[2, 3], [3, 4], [4]], [[2, 3], [3, 4], [2, 2], [2, 4]],
        [[2, 3], [3, 4], [2, 2], [2, 4], [4]],
        [[2, 2, 3], [3, 2], [2, 2, 1], [1, 2], [2]], [[3], [3, 2], [1], [1, 2], [2]], [[0, 3], [3, 2], [2]],
        [[2, 0], [0, 3], [3]], [[2, 3], [3, 1], [1]],
    ].map { shapes in
        PrimitiveCase(
            id: .sumOfProducts, description: "sum of products \(shapes)", shapes: shapes,
            domains: shapes.map { _ in .any }
        ) { operands in
            Tensor(Value.sumOfProducts(operands.map(\.value)))
        }
    }

    /// A diagonal in matrices that are not square, which the rule of the diagonal makes.
    private static let matrices: [PrimitiveCase] = [[], [2]].map { (batch: [Int]) in
        PrimitiveCase(
            id: .embeddedDiagonal, description: "a diagonal of \(batch + [2])", shapes: [batch + [2]], domains: [.any]
        ) {
            Tensor(.embeddedDiagonal($0[0].value, DiagonalAttributes(offset: -1, of: [4, 2])))
        }
    }

    /// Of matrices that lack nothing, which is nothing.
    private static let completions: [PrimitiveCase] = [[3, 3], [2, 3, 3]].map { shape in
        PrimitiveCase(
            id: .rankCompletion, description: "what \(shape) lack", shapes: [shape], domains: [.unit]
        ) { Tensor(.unary(.rankCompletion, ($0[0] + 4 * Tensor.identity(3)).value, CountAttributes(1))) }
    }

    private static let windows: [PrimitiveCase] = [
        ([5], [WindowAxis(axis: 0, size: 2)]), ([7], [WindowAxis(axis: 0, size: 3, step: 2, dilation: 2)]),
        ([2, 5, 4], [WindowAxis(axis: 1, size: 3, step: 2), WindowAxis(axis: 2, size: 2)]),
        ([2, 5], [WindowAxis(axis: 1, size: 2, step: 3)]),
    ].flatMap { (shape: [Int], windows: [WindowAxis]) -> [PrimitiveCase] in
        let places = NDArray(repeating: 0, shape: shape, .float64).windows(windows).shape
        return [
            PrimitiveCase(
                id: .windows, description: "windows \(windows.map(\.size)) of \(shape)", shapes: [shape],
                domains: [.any]
            ) { Tensor($0[0].value.windows(windows)) },
            PrimitiveCase(
                id: .overlapAdd, description: "overlapping \(windows.map(\.size)) in \(shape)", shapes: [places],
                domains: [.any]
            ) { Tensor(.overlapAdded($0[0].value, WindowsAttributes(windows, over: shape))) },
        ]
    }

    // MARK: Shape

    /// Slices and parts of one value, whose cotangents go into one buffer.
    private static let shapes: [PrimitiveCase] = [
        shape(.slice, [4, 3], "overlapping") { $0[0..<3] * $0[1..<4] },
        shape(.slice, [4, 3], "of different axes") { $0[0..<3] * $0[1..<4] + ($0[0..., 1] * $0[0..., 0]).sum() },
        shape(.slice, [4, 3], "and the whole") { $0 * $0[2] },
        shape(.slice, [4, 3], "split") { x in
            let parts = x.split([1, 2, 1])
            return parts[0] * parts[1] + parts[2]
        },
        PrimitiveCase(
            id: .assembleSlices, description: "assembled slices, overlapping", shapes: [[2, 3], [3], [2, 3]],
            domains: [.any, .any, .any]
        ) { parts in
            let whole = Layout([3, 3])
            let places = [
                SliceAttributes(AxisSlice(axis: 0, start: 0, count: 2), droppingAxis: false, of: whole),
                SliceAttributes(AxisSlice(axis: 1, start: 1, count: 1), droppingAxis: true, of: whole),
                SliceAttributes(AxisSlice(axis: 0, start: 0, count: 2, step: 2), droppingAxis: false, of: whole),
            ]
            return Tensor(
                Value.nary(
                    .assembleSlices, parts.map(\.value), AssemblyAttributes(places, of: whole)))
        },
        concatenation("of one twice", [[2, 3], [2, 1]]) { concatenate([$0[0], $0[1], $0[0]], axis: 1) },
    ]

    private static func shape(
        _ id: Primitive.ID, _ shape: [Int], _ name: String,
        _ function: @escaping @Sendable (Tensor<Double>) -> Tensor<Double>
    ) -> PrimitiveCase {
        PrimitiveCase(id: id, description: "\(id) of \(shape) \(name)", shapes: [shape], domains: [.any]) {
            function($0[0])
        }
    }

    private static func concatenation(
        _ name: String, _ shapes: [[Int]], _ function: @escaping @Sendable ([Tensor<Double>]) -> Tensor<Double>
    ) -> PrimitiveCase {
        PrimitiveCase(
            id: .concatenate, description: "concatenation \(name)", shapes: shapes, domains: shapes.map { _ in .any },
            function: function)
    }

    // MARK: Indexing

    private static let rows: [PrimitiveCase] = [
        PrimitiveCase(
            id: .rows, description: "rows gathered twice from one table", shapes: [[4, 3]], domains: [.any]
        ) { $0[0].rows(at: Tensor([2, 0])) * $0[0].rows(at: Tensor([0, 2])) },
        PrimitiveCase(id: .scatterRows, description: "scattered rows", shapes: [[4, 3]], domains: [.any]) {
            let indices = Value(NDArray([2, 0, 2, 1] as [Int32], shape: [4]))
            return Tensor(Value.scatteredRows($0[0].value, at: indices, of: Layout([3, 3])))
        },
    ]

    private static let elementsByIndex: [PrimitiveCase] = [0, 1, 2].flatMap(elementsByIndex(along:))

    /// By indices that repeat, count from the end, and leave elements out.
    private static func elementsByIndex(along axis: Int) -> [PrimitiveCase] {
        let shape = [2, 3, 2]
        let table = Layout(shape)
        var indexShape = shape
        indexShape[axis] = 4
        let numbers = (0..<indexShape.reduce(1, *)).map { number -> Int32 in
            Int32(number * 7 % 5 % shape[axis] - number % 2)
        }
        let alike = Value(NDArray(numbers, shape: indexShape))
        let matrix = Value(NDArray([1, 0, -1, 1] as [Int32], shape: [2, 2]))
        let one = Value(NDArray([-1] as [Int32], shape: []))
        var (taken, dropped) = (shape, shape)
        taken.replaceSubrange(axis...axis, with: [2, 2])
        dropped.remove(at: axis)
        func index(
            _ id: Primitive.ID, _ name: String, _ shape: [Int], _ function: @escaping @Sendable (Value) -> Value
        ) -> PrimitiveCase {
            PrimitiveCase(id: id, description: "\(name) along \(axis)", shapes: [shape], domains: [.any]) {
                Tensor(function($0[0].value))
            }
        }
        return [
            index(.scatter, "scattered", indexShape) { .scattered($0, at: alike, axis: axis, into: table) },
            index(.scatterSlices, "put back", taken) { .putBack($0, at: matrix, axis: axis, into: table) },
            index(.scatterSlices, "one put back", dropped) { .putBack($0, at: one, axis: axis, into: table) },
            PrimitiveCase(
                id: .scatterSet, description: "last of equal positions along \(axis)", shapes: [shape],
                domains: [.distinct], hasTies: true
            ) {
                let positions = $0[0].value.sortedPositions(axis: axis, descending: false)
                return Tensor(positions.lastPositions(axis: axis, into: table).converted(to: .float64))
            },
        ]
    }

    /// In one sequence for each example as well.
    private static let searches: [PrimitiveCase] = [([4], [2, 3]), ([4], []), ([2, 4], [2, 3])].map {
        sequence, values in
        PrimitiveCase(
            id: .searchSorted, description: "\(values) in \(sequence)", shapes: [sequence, values],
            domains: [.distinct, .distinct], hasTies: true
        ) {
            let (axis, x) = (sequence.count - 1, $0[0].value)
            let sorted = x.gathered(axis: axis, x.sortedPositions(axis: axis, descending: false))
            return Tensor(Value.searchSorted(sorted, $0[1].value, right: true).converted(to: .float64))
        }
    }

    // MARK: Running

    private static let recurrences: [PrimitiveCase] =
        [
            ([4], 0), ([3, 2], 0), ([2, 3], 1), ([2, 3, 2], 1), ([2, 1], 1), ([0, 2], 0), ([2, 0], 0),
        ].flatMap { shape, axis in
            [false, true].map { reversed in
                PrimitiveCase(
                    id: .linearRecurrence, description: "recurrence of \(shape) along \(axis), reversed: \(reversed)",
                    shapes: [shape, shape], domains: [.any, .any]
                ) {
                    Tensor(
                        .linearRecurrence(
                            $0[0].value, $0[1].value, from: nil, axis: axis, reversed: reversed, complex: false))
                }
            }
        }

    /// From an initial value, and of complex numbers.
    private static let initialRecurrences: [PrimitiveCase] =
        [([4], 0, false), ([3, 2], 0, false), ([2, 3, 1], 1, false), ([3, 2], 0, true), ([2, 3, 4], 1, true)].flatMap {
            shape, axis, isComplex in
            [false, true].map { reversed in
                var first = shape
                first[axis] = 1
                return PrimitiveCase(
                    id: .linearRecurrence,
                    description: "recurrence of \(shape) along \(axis) from a value, reversed: \(reversed), "
                        + "complex: \(isComplex)",
                    shapes: [shape, shape, first], domains: [.any, .any, .any]
                ) {
                    Tensor(
                        .linearRecurrence(
                            $0[0].value, $0[1].value, from: $0[2].value, axis: axis, reversed: reversed,
                            complex: isComplex))
                }
            }
        }
        + [false, true].map { reversed in
            PrimitiveCase(
                id: .linearRecurrence, description: "complex recurrence, reversed: \(reversed)",
                shapes: [[3, 2, 4], [3, 2, 4]], domains: [.any, .any]
            ) {
                Tensor(
                    .linearRecurrence(
                        $0[0].value, $0[1].value, from: nil, axis: 0, reversed: reversed, complex: true))
            }
        }

    /// As shares: the first one's logarithm is infinite.
    private static let runningOdds: [PrimitiveCase] = [([4], 0), ([2, 3], 1), ([3, 2], 0), ([0, 2], 0)].flatMap {
        shape, axis in
        [false, true].map { reversed in
            PrimitiveCase(
                id: .cumulativeLogOdds, description: "odds of \(shape) along \(axis), reversed: \(reversed)",
                shapes: [shape], domains: [.any]
            ) { Tensor($0[0].value.runningLogOdds(RunningAttributes(axis: axis, reversed: reversed)).sigmoid()) }
        }
    }

    // MARK: Functions

    private static let functions: [PrimitiveCase] =
        [
            PrimitiveCase(
                id: .custom, description: "a custom product", shapes: [[2, 3], [2, 3]], domains: [.any, .any]
            ) {
                withCustomGradient(named: "x y²", at: $0) { x in
                    x[0] * x[1] * x[1]
                } pullback: { g, _, x in
                    [g * x[1] * x[1], 2 * g * x[0] * x[1]]
                }
            },
            PrimitiveCase(id: .custom, description: "a custom exponential", shapes: [[3]], domains: [.any]) {
                3
                    * withCustomGradient(named: "exp", at: $0[0]) {
                        exp($0)
                    } pullback: { g, y, _ in
                        g * y
                    } + $0[0]
            },
            PrimitiveCase(
                id: .custom, description: "a custom function within another", shapes: [[2, 2], [2, 2]],
                domains: [.any, .any]
            ) {
                withCustomGradient(named: "outer", at: $0) { x in
                    matmul(
                        x[0],
                        withCustomGradient(named: "tanh", at: x[1]) {
                            tanh($0)
                        } pullback: { g, y, _ in
                            g * (1 - y * y)
                        })
                } pullback: { g, _, x in
                    let y = withCustomGradient(named: "tanh", at: x[1]) {
                        tanh($0)
                    } pullback: { g, y, _ in
                        g * (1 - y * y)
                    }
                    return [matmul(g, y.transposed()), matmul(x[0].transposed(), g) * (1 - y * y)]
                }
            },
        ]
        + [Primitive.ID.checkpoint, .checkpointed].flatMap { id in
            [
                PrimitiveCase(id: id, description: "a checkpoint", shapes: [[2, 3], [2, 3]], domains: [.any, .any]) {
                    checkpointed($0) { x in tanh(x[0] * x[1]) * x[0] }
                },
                PrimitiveCase(
                    id: id, description: "a checkpoint that reads from outside, with several results",
                    shapes: [[2, 3], [2, 3]], domains: [.any, .any]
                ) { leaves in
                    let outside = exp(leaves[1])
                    let results = checkpointed(sigmoid(leaves[0])) { x in [x * outside, x, tanh(x) + outside, outside] }
                    return results[0] * results[1] + results[2] * results[3]
                },
                PrimitiveCase(
                    id: id, description: "checkpoints in a row and within each other", shapes: [[2, 3]],
                    domains: [.any]
                ) { leaves in
                    var x = leaves[0]
                    for _ in 0..<3 {
                        x = checkpointed(x) { x in
                            let y = checkpointed(tanh(x)) { square($0) + leaves[0] }
                            return y * x
                        }
                    }
                    return x
                },
            ]
        }
}
