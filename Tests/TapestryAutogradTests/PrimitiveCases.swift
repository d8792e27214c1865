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

/// The cases of every primitive, a family after the other.
enum PrimitiveCases {
    static let byPrimitive = Dictionary(
        grouping: elementwise + rules + constants + reductions + normalizations + products + sumsOfProducts + shapes
            + rows + matrices + windows + elementsByIndex + running + functions,
        by: \.id
    ).mapValues { $0.map(\.function) }

    // MARK: Elementwise

    private static let elementwise: [PrimitiveCase] =
        unary(.input, .any) { $0 }
        + unary(.negate, .any) { -$0 }
        + unary(.absolute, .nonzero) { abs($0) }
        + unary(.sign, .nonzero) { sign($0) }
        + unary(.square, .any) { square($0) }
        + unary(.squareRoot, .positive) { sqrt($0) }
        + unary(.exp, .any) { exp($0) }
        + unary(.log, .positive) { log($0) }
        + unary(.tanh, .any) { tanh($0) }
        + unary(.sigmoid, .any) { sigmoid($0) }
        + unary(.softplus, .any) { softplus($0) }
        + unary(.relu, .nonzero) { relu($0) }
        // Through Float, whose rounding asks for wide steps; they are exact for what is linear.
        + unary(.convert, .any, step: 0.25, tolerance: 1e-5) { $0.converted(to: Float.self).converted() }
        + binary(.add, .any, .any) { $0 + $1 }
        + binary(.subtract, .any, .any) { $0 - $1 }
        + binary(.multiply, .any, .any) { $0 * $1 }
        + [[2, 3], [0, 3], []].map { shape in
            PrimitiveCase(
                id: .multiplyAdd, description: "multiplyAdd of \(shape)", shapes: [shape, shape, shape],
                domains: [.any, .any, .any]
            ) { Tensor(.nary(.multiplyAdd, $0.map(\.value))) }
        }
        + unary(.reciprocal, .nonzero) { reciprocal($0) }
        + unary(.reciprocalSquareRoot, .positive) { rsqrt($0) }
        + unary(.expm1, .any) { expm1($0) }
        + unary(.log1p, .positive) { log1p($0) }
        + unary(.log2, .positive) { log2($0) }
        + unary(.log10, .positive) { log10($0) }
        + unary(.sin, .any) { sin($0) }
        + unary(.cos, .any) { cos($0) }
        + unary(.tan, .unit) { tan($0) }
        + unary(.asin, .unit) { asin($0) }
        + unary(.acos, .unit) { acos($0) }
        + unary(.atan, .any) { atan($0) }
        + unary(.sinh, .any) { sinh($0) }
        + unary(.cosh, .any) { cosh($0) }
        + unary(.asinh, .any) { asinh($0) }
        + unary(.acosh, .unit) { acosh($0 + 1.5) }
        + unary(.atanh, .unit) { atanh($0) }
        + unary(.erf, .any) { erf($0) }
        + unary(.erfc, .any) { erfc($0) }
        + unary(.inverseErf, .unit) { erfinv($0) }
        + unary(.logGamma, .positive) { lgamma($0) }
        + unary(.polygamma, .positive) { digamma($0) }
        + unary(.polygamma, .positive) { polygamma(2, $0) }
        + binary(.remainder, .unit, .positive) { remainder($0 * 1.7, $1) }
        + binary(.atan2, .any, .nonzero) { atan2($0, $1) }
        + binary(.hypot, .any, .nonzero) { hypot($0, $1) }
        + binary(.logAddExp, .any, .any) { logAddExp($0, $1) }
        + binary(.xLogY, .any, .positive) { xlogy($0, $1) }
        + binary(.divide, .any, .nonzero) { $0 / $1 }
        + binary(.power, .positive, .any) { pow($0, $1) }
        + unary(.power, .nonzero) { pow($0, 3) }
        + unary(.power, .positive) { pow($0, -0.5) }
        + binary(.maximum, .distinct, .distinct) { maximum($0, $1) }
        + binary(.minimum, .distinct, .distinct) { minimum($0, $1) }
        + binary(.select, .any, .any) { select(Tensor([true, false, true]), $0, $1) }
        + unary(.select, .nonzero) { select($0 .> 0, $0, $0 * $0) }

    /// The rules that are primitives, as the rules call them.
    private static let rules: [PrimitiveCase] =
        binary(.tanhRule, .any, .any) { Tensor(Value.binary(.tanhRule, $0.value, $1.value)) }
        + binary(.sigmoidRule, .any, .unit) { Tensor(Value.binary(.sigmoidRule, $0.value, $1.value)) }
        + binary(.reluRule, .any, .nonzero) { Tensor(Value.binary(.reluRule, $0.value, $1.value)) }

    /// Primitives without a derivative, whose results are made numbers.
    private static let constants: [PrimitiveCase] =
        binary(.equal, .distinct, .distinct) { ($0 .== $1).converted() }
        + binary(.notEqual, .distinct, .distinct) { ($0 .!= $1).converted() }
        + binary(.less, .distinct, .distinct) { ($0 .< $1).converted() }
        + binary(.lessOrEqual, .distinct, .distinct) { ($0 .<= $1).converted() }
        + binary(.and, .nonzero, .nonzero) { (($0 .> 0) .& ($1 .> 0)).converted() }
        + binary(.or, .nonzero, .nonzero) { (($0 .> 0) .| ($1 .> 0)).converted() }
        + binary(.exclusiveOr, .nonzero, .nonzero) { (($0 .> 0) .^ ($1 .> 0)).converted() }
        + unary(.not, .nonzero) { (.!($0 .> 0)).converted() }
        + unary(.floor, .unit) { floor($0 * 3) }
        + unary(.ceiling, .unit) { ceil($0) }
        + unary(.round, .nonzero) { round($0 * 0.3) }
        + unary(.truncate, .unit) { trunc($0) }
        + unary(.isFinite, .any) { $0.isFinite.converted() }
        + unary(.isInfinite, .any) { ($0 * .infinity).isInfinite.converted() }
        + unary(.isNaN, .any) { $0.isNaN.converted() }
        + unary(.cast, .positive) { $0.converted(to: Int32.self).converted() }

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

    // MARK: Reductions

    private static let reductions: [PrimitiveCase] =
        reduction(.sum, .any, [nil, [0], [1], [0, 2], [-1]], emptyAxes: [0]) { $0.sum(axes: $1, keepingAxes: $2) }
        + reduction(.max, .distinct, [nil, [0], [1], [0, 2], [-1]]) { $0.max(axes: $1, keepingAxes: $2) }
        + reduction(.min, .distinct, [nil, [0], [1], [0, 2], [-1]]) { $0.min(axes: $1, keepingAxes: $2) }
        + alongAxis(.softmax) { $0.softmax(axis: $1) }
        + alongAxis(.logSoftmax) { $0.logSoftmax(axis: $1) }
        + reduction(.any, .nonzero, [nil, [0], [1], [0, 2]], emptyAxes: [0]) {
            ($0 .> 0).any(axes: $1, keepingAxes: $2).converted()
        }
        + reduction(.all, .nonzero, [nil, [0], [1], [0, 2]], emptyAxes: [0]) {
            ($0 .> 0).all(axes: $1, keepingAxes: $2).converted()
        }
        // Compositions, whose first primitive is a reduction.
        + reduction(.sum, .any, [nil, [1], [0, 2]]) { $0.mean(axes: $1, keepingAxes: $2) }
        + reduction(.sum, .any, [nil, [1], [0, 2]]) { $0.variance(axes: $1, correction: 1, keepingAxes: $2) }
        + reduction(.sum, .any, [nil, [1], [0, 2]]) { $0.logSumExp(axes: $1, keepingAxes: $2) }

    private static func reduction(
        _ id: Primitive.ID, _ domain: OperandDomain, _ axes: [[Int]?], emptyAxes: [Int]? = nil,
        _ function: @escaping @Sendable (Tensor<Double>, [Int]?, Bool) -> Tensor<Double>
    ) -> [PrimitiveCase] {
        var shapesAndAxes = axes.map { ([2, 3, 2], $0) }
        if let emptyAxes { shapesAndAxes.append(([0, 3], emptyAxes)) }
        return shapesAndAxes.flatMap { shape, axes in
            [true, false].map { keepsAxes in
                PrimitiveCase(
                    id: id, description: "\(id) of \(shape) over \(axes?.description ?? "all"), kept: \(keepsAxes)",
                    shapes: [shape], domains: [domain], hasTies: domain == .distinct
                ) { function($0[0], axes, keepsAxes) }
            }
        }
    }

    private static func alongAxis(
        _ id: Primitive.ID, _ function: @escaping @Sendable (Tensor<Double>, Int) -> Tensor<Double>
    ) -> [PrimitiveCase] {
        let shapesAndAxes = [
            ([4], 0), ([2, 3], 0), ([2, 3], 1), ([2, 3, 2], 1), ([2, 3, 2], 0), ([0, 3], 1), ([2, 0], 1),
        ]
        return shapesAndAxes.map { shape, axis in
            PrimitiveCase(id: id, description: "\(id) of \(shape) along \(axis)", shapes: [shape], domains: [.any]) {
                function($0[0], axis)
            }
        }
    }

    // MARK: Normalization

    /// Rows of few elements, with an ε that is not lost beside their variance.
    private static let normalizations: [PrimitiveCase] = [[3], [2, 3], [2, 1, 4], [2, 1], [0, 3], [2, 0]].flatMap {
        shape in
        let epsilon = EpsilonAttributes(0.1)
        return [
            PrimitiveCase(
                id: .layerNorm, description: "layer norm of \(shape)", shapes: [shape, [shape.last!], [shape.last!]],
                domains: [.any, .any, .any]
            ) { Tensor(.layerNorm($0[0].value, gain: $0[1].value, bias: $0[2].value, epsilon: 0.1)) },
            PrimitiveCase(id: .standardize, description: "standardized \(shape)", shapes: [shape], domains: [.any]) {
                Tensor(.standardized($0[0].value, epsilon))
            },
            PrimitiveCase(
                id: .standardizeRule, description: "rule of standardized \(shape)", shapes: [shape, shape],
                domains: [.any, .any]
            ) { Tensor(.standardizeRule($0[0].value, $0[1].value, epsilon)) },
        ]
    }

    // MARK: Linear algebra

    private static let products: [PrimitiveCase] = [
        ([2, 3], [3, 4]), ([3], [3]), ([3], [3, 2]), ([2, 3], [3]), ([1, 3], [3, 1]), ([2, 0], [0, 3]),
        ([0, 2], [2, 3]), ([2, 2, 3], [3, 2]), ([2, 3], [2, 3, 2]), ([2, 2, 3], [1, 3, 2]), ([2, 1, 2, 3], [2, 3, 2]),
        ([3], [2, 3, 2]),
        ([2, 2, 3], [3]), ([0, 2, 3], [1, 3, 2]),
    ].map { a, b in
        PrimitiveCase(id: .matmul, description: "\(a) · \(b)", shapes: [a, b], domains: [.any, .any]) {
            matmul($0[0], $0[1])
        }
    }

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

    /// Matrices of one axis of examples or none, well-conditioned where they are divided by.
    private static let matrices: [PrimitiveCase] = [[], [2]].flatMap { (batch: [Int]) -> [PrimitiveCase] in
        let square = batch + [3, 3]
        func matrix(
            _ id: Primitive.ID, _ name: String, _ shapes: [[Int]],
            _ function: @escaping @Sendable ([Value]) -> Value
        ) -> PrimitiveCase {
            PrimitiveCase(
                id: id, description: "\(name) of \(shapes)", shapes: shapes, domains: shapes.map { _ in .any },
                tolerance: 1e-7
            ) { Tensor(function($0.map(\.value))) }
        }
        /// A matrix with a dominant diagonal.
        @Sendable func regular(_ x: Value) -> Value { x * 0.3 + Value.identity(3, .float64) * 2 }
        /// A positive definite matrix.
        @Sendable func definite(_ x: Value) -> Value { Value.matmul(regular(x), regular(x).transposed) }
        return [
            matrix(.diagonal, "diagonal", [square]) { $0[0].diagonal(offset: 0) },
            matrix(.diagonal, "diagonal above", [batch + [2, 4]]) { $0[0].diagonal(offset: 1) },
            matrix(.diagonal, "diagonal below", [batch + [4, 2]]) { $0[0].diagonal(offset: -2) },
            matrix(.embeddedDiagonal, "a diagonal", [batch + [2]]) {
                .embeddedDiagonal($0[0], DiagonalAttributes(offset: -1, of: [4, 2]))
            },
            matrix(.triangle, "lower triangle", [batch + [3, 4]]) { $0[0].triangle(lower: true, offset: 1) },
            matrix(.triangle, "upper triangle", [batch + [4, 3]]) { $0[0].triangle(lower: false, offset: -1) },
            matrix(.triangularSolve, "lower system", [square, batch + [3, 2]]) {
                .triangularSolve(regular($0[0]), $0[1], lower: true)
            },
            matrix(.triangularSolve, "upper system, transposed", [square, [3, 2]]) {
                .triangularSolve(regular($0[0]), $0[1], lower: false, transposed: true)
            },
            matrix(.triangularSolve, "lower system with ones, transposed", [[3, 3], batch + [3, 1]]) {
                .triangularSolve($0[0], $0[1], lower: true, transposed: true, unitDiagonal: true)
            },
            matrix(.triangularSolve, "upper system with ones", [square, batch + [3, 2]]) {
                .triangularSolve($0[0], $0[1], lower: false, unitDiagonal: true)
            },
            matrix(.solve, "system", [square, batch + [3, 2]]) { .solve(regular($0[0]), $0[1]) },
            matrix(.solve, "system, right-hand sides broadcast", [square, [3, 2]]) { .solve(regular($0[0]), $0[1]) },
            matrix(.solve, "system, matrix broadcast", [[3, 3], batch + [3, 2]]) { .solve(regular($0[0]), $0[1]) },
            matrix(.cholesky, "Cholesky factor", [square]) { .unary(.cholesky, definite($0[0])) },
            matrix(.logDeterminant, "log determinant", [square]) { .unary(.logDeterminant, regular($0[0])) },
            matrix(.signOfDeterminant, "sign of a determinant", [square]) {
                .unary(.signOfDeterminant, regular($0[0]))
            },
        ]
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

    private static let shapes: [PrimitiveCase] = [
        shape(.reshape, [2, 3], "to [3, 2]") { $0.reshaped(to: 3, 2) },
        shape(.reshape, [2, 3], "flattened") { $0.flattened() },
        shape(.reshape, [], "of rank 0") { $0.reshaped(to: 1, 1) },
        shape(.reshape, [0, 3], "of nothing") { $0.reshaped(to: 3, 0, 2) },
        shape(.reshape, [2, 1, 3], "squeezed") { $0.squeezed() },
        shape(.reshape, [2, 3], "unsqueezed") { $0.unsqueezed(axis: 1) },
        shape(.permute, [2, 3], "transposed") { $0.transposed() },
        shape(.permute, [2, 3, 4], "cycled") { $0.permuted([2, 0, 1]) },
        shape(.permute, [0, 3], "of nothing") { $0.transposed() },
        shape(.expand, [1, 3], "to [2, 3]") { $0.expanded(to: [2, 3]) },
        shape(.expand, [2, 1, 3], "to [2, 2, 4, 3]") { $0.expanded(to: [2, 2, 4, 3]) },
        shape(.expand, [], "of rank 0") { $0.expanded(to: [2, 2]) },
        shape(.expand, [1, 3], "to [0, 3]") { $0.expanded(to: [0, 3]) },
        shape(.slice, [4, 3], "one row") { $0[1] },
        shape(.slice, [4, 3], "rows and columns") { $0[1..<3, stride(from: 0, to: 3, by: 2)] },
        shape(.slice, [4, 3], "overlapping") { $0[0..<3] * $0[1..<4] },
        shape(.slice, [4, 3], "of different axes") { $0[0..<3] * $0[1..<4] + ($0[0..., 1] * $0[0..., 0]).sum() },
        shape(.slice, [4, 3], "and the whole") { $0 * $0[2] },
        shape(.slice, [4, 3], "of nothing") { $0[2..<2] },
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
        concatenation("rows", [[2, 3], [1, 3], [3, 3]]) { concatenate($0) },
        concatenation("columns", [[2, 3], [2, 1]]) { concatenate($0, axis: -1) },
        concatenation("with nothing", [[2, 3], [0, 3]]) { concatenate($0) },
        concatenation("of one twice", [[2, 3], [2, 1]]) { concatenate([$0[0], $0[1], $0[0]], axis: 1) },
        concatenation("stacked", [[2, 3], [2, 3]]) { stack($0, axis: 1) },
        concatenation("stacked scalars", [[], []]) { stack($0) },
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
        gather("repeated", Tensor([2, 0, 2, 2])),
        gather("by a matrix", Tensor([[0, 3], [3, 1]])),
        gather("one", Tensor(2)),
        gather("none", Tensor(shape: [0], scalars: [])),
        PrimitiveCase(
            id: .gatherRows, description: "rows gathered twice from one table", shapes: [[4, 3]], domains: [.any]
        ) { $0[0].gatheringRows(at: Tensor([2, 0])) * $0[0].gatheringRows(at: Tensor([0, 2])) },
        PrimitiveCase(id: .scatterRows, description: "scattered rows", shapes: [[4, 3]], domains: [.any]) {
            let indices = Value(NDArray([2, 0, 2, 1] as [Int32], shape: [4]))
            return Tensor(Value.scatteredRows($0[0].value, at: indices, of: Layout([3, 3])))
        },
    ]

    private static let elementsByIndex: [PrimitiveCase] = [0, 1, 2].flatMap(elementsByIndex(along:)) + searches

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
        func order(
            _ id: Primitive.ID, _ name: String, _ function: @escaping @Sendable (Value) -> Value
        ) -> PrimitiveCase {
            PrimitiveCase(
                id: id, description: "\(name) along \(axis)", shapes: [shape], domains: [.distinct], hasTies: true
            ) { Tensor(function($0[0].value).converted(to: .float64)) }
        }
        return [
            index(.gather, "gathered", shape) { $0.gathered(axis: axis, alike) },
            index(.scatter, "scattered", indexShape) { .scattered($0, at: alike, axis: axis, into: table) },
            index(.take, "taken", shape) { $0.taken(axis: axis, matrix) },
            index(.take, "one taken", shape) { $0.taken(axis: axis, one) },
            index(.putBack, "put back", taken) { .putBack($0, at: matrix, axis: axis, into: table) },
            index(.putBack, "one put back", dropped) { .putBack($0, at: one, axis: axis, into: table) },
            order(.sortedPositions, "sorted up") { $0.sortedPositions(axis: axis, descending: false) },
            order(.sortedPositions, "sorted down") { $0.sortedPositions(axis: axis, descending: true) },
            order(.extremePositions, "the two least") { $0.extremePositions(2, axis: axis, greatest: false) },
            order(.extremePositions, "the greatest") { $0.extremePositions(1, axis: axis, greatest: true) },
            order(.extremePosition, "argmax") { $0.extremePosition(axis: axis, greatest: true) },
            order(.extremePosition, "argmin") { $0.extremePosition(axis: axis, greatest: false) },
            order(.runningPositions, "running maxima") { $0.runningPositions(axis: axis, greatest: true) },
            order(.lastPositions, "last of equal positions") {
                $0.sortedPositions(axis: axis, descending: false).lastPositions(axis: axis, into: table)
            },
        ]
    }

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

    private static let running: [PrimitiveCase] =
        [
            ([4], 0), ([3, 2], 0), ([2, 3], 1), ([2, 3, 2], 1), ([2, 1], 1), ([0, 2], 0), ([2, 0], 0),
        ].flatMap { shape, axis in
            [false, true].flatMap { reversed in
                let attributes = RunningAttributes(axis: axis, reversed: reversed)
                let place = "\(shape) along \(axis)" + (reversed ? ", reversed" : "")
                return [
                    PrimitiveCase(
                        id: .runningSum, description: "running sum of \(place)", shapes: [shape], domains: [.any]
                    ) {
                        Tensor($0[0].value.runningSum(attributes))
                    },
                    PrimitiveCase(
                        id: .runningLogSumExp, description: "running logSumExp of \(place)", shapes: [shape],
                        domains: [.any]
                    ) { Tensor((2 * $0[0]).value.runningLogSumExp(attributes)) },
                    PrimitiveCase(
                        id: .linearRecurrence, description: "recurrence of \(place)", shapes: [shape, shape],
                        domains: [.any, .any]
                    ) { Tensor(.linearRecurrence($0[0].value, $0[1].value, attributes)) },
                ]
            }
        } + runningProducts

    private static let runningProducts: [PrimitiveCase] = [([4], 0), ([2, 3], 1), ([2, 3, 2], 1), ([2, 1], 1)].flatMap {
        shape, axis in
        [false, true].map { reversed in
            PrimitiveCase(
                id: .linearRecurrence, description: "running product of \(shape) along \(axis), reversed: \(reversed)",
                shapes: [shape], domains: [.any]
            ) { Tensor($0[0].value.runningProduct(RunningAttributes(axis: axis, reversed: reversed))) }
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

    private static func gather(_ name: String, _ indices: Tensor<Int32>) -> PrimitiveCase {
        PrimitiveCase(id: .gatherRows, description: "rows gathered, \(name)", shapes: [[4, 3]], domains: [.any]) {
            $0[0].gatheringRows(at: indices)
        }
    }
}
