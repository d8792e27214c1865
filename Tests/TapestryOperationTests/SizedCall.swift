import TapestryAutograd
import TapestryTestSupport

import struct TapestryOperations.Operation

/// A call of an operation with operands of two sizes, p and q, which grow apart from each other.
struct SizedCall {
    let call: OperationCall<Double>
    /// What the symbols of the operation's cost are here, but for n and m where they are numbers of elements.
    private(set) var symbols: [String: Double] = [:]

    private init(
        _ shapes: [Int]..., with attributes: [String: GoldenAttribute] = [:], integers: [Tensor<Int32>] = [],
        booleans: [Tensor<Bool>] = [], symbols: [String: Int] = [:],
        preparing: (Tensor<Double>) -> Tensor<Double> = { $0 }
    ) {
        var generator = SeededGenerator(seed: 5)
        let reals = shapes.map { shape in
            preparing(Tensor(shape: shape, scalars: generator.numbers(shape.reduce(1, *), in: 0.1...0.9)))
        }
        call = OperationCall(reals, integers: integers, booleans: booleans, attributes: attributes)
        self.symbols = symbols.mapValues { Double($0) }
    }

    /// Where the measurement begins: factorisations are of matrices of p rows.
    static func sizes(of operation: String) -> (Int, Int) { matrices.contains(operation) ? (48, 48) : (64, 48) }

    private static let matrices: Set<String> = [
        "cholesky", "inverse", "determinant", "logDeterminant", "solve", "triangularSolve",
    ]

    /// `nil` for an operation that is not known.
    init?(_ operation: String, _ p: Int, _ q: Int) {
        let found =
            Self.reduction(operation, p, q) ?? Self.matrix(operation, p, q) ?? Self.shape(operation, p, q)
            ?? Self.indexing(operation, p, q) ?? Self.network(operation, p, q) ?? Self.creation(operation, p, q)
            ?? Self.elementwise(operation, p, q)
        guard let found else { return nil }
        self = found
    }

    private static func elementwise(_ operation: String, _ p: Int, _ q: Int) -> SizedCall? {
        let mask = Tensor<Bool>(repeating: true, shape: [q])
        switch operation {
        case "polygamma": return SizedCall([p, q], with: ["order": 1])
        case "clamp": return SizedCall([p, q], with: ["lower": 0.2, "upper": 0.7])
        case "acosh": return SizedCall([p, q]) { $0 + 1 }
        case "and", "or", "exclusiveOr":
            return SizedCall(booleans: [Tensor(repeating: true, shape: [p, 1]), mask])
        case "not": return SizedCall(booleans: [Tensor(repeating: true, shape: [p, q])])
        case "where": return SizedCall([p, 1], [p, 1], booleans: [mask])
        default:
            guard let example = Operation<Double>.byName[operation]?.examples.first else { return nil }
            return example.shapes.count == 1 ? SizedCall([p, q]) : SizedCall([p, 1], [q])
        }
    }

    private static func reduction(_ operation: String, _ p: Int, _ q: Int) -> SizedCall? {
        switch operation {
        case "sum", "mean", "product", "max", "min", "logSumExp", "variance", "standardDeviation", "norm":
            SizedCall([p, q], with: ["axes": [1]])
        case "any", "all": SizedCall(with: ["axes": [1]], booleans: [Tensor(repeating: true, shape: [p, q])])
        case "argMax", "argMin", "cumulativeSum", "cumulativeProduct", "cumulativeLogSumExp", "cumulativeMax",
            "cumulativeMin", "softmax", "logSoftmax", "sort", "argSort":
            SizedCall([p, q], with: ["axis": 1])
        case "largest", "smallest": SizedCall([p, q], with: ["axis": 1, "count": 4], symbols: ["k": 4])
        default: nil
        }
    }

    private static func matrix(_ operation: String, _ p: Int, _ q: Int) -> SizedCall? {
        let product = ["rows": p, "inner": q, "columns": 24]
        let system = ["n": p, "columns": q]
        func regular(_ x: Tensor<Double>) -> Tensor<Double> {
            x.shape == [p, p] ? x / Double(p) + 2 * .identity(p) : x
        }
        switch operation {
        case "matmul", "linear": return SizedCall([p, q], [q, 24], symbols: product)
        case "einsum": return SizedCall([p, q], [q, 24], with: ["specification": "ij,jk->ik"], symbols: product)
        case "tensordot": return SizedCall([q, p], [q, 24], with: ["first": [0], "second": [0]], symbols: product)
        case "dot": return SizedCall([p], [p])
        case "outer": return SizedCall([p], [q])
        case "diagonal", "trace": return SizedCall([p, p], symbols: ["n": p])
        case "embeddedDiagonal": return SizedCall([p])
        case "lowerTriangle", "upperTriangle": return SizedCall([p, q])
        case "cholesky", "inverse", "determinant", "logDeterminant":
            return SizedCall([p, p], symbols: system) { regular(($0 + $0.transposed()) / 2) }
        case "solve": return SizedCall([p, p], [p, 2 * q], symbols: ["n": p, "columns": 2 * q], preparing: regular)
        case "triangularSolve":
            return SizedCall(
                [p, p], [p, q + 1], with: ["lower": true], symbols: ["n": p, "columns": q + 1], preparing: regular)
        default: return nil
        }
    }

    private static func shape(_ operation: String, _ p: Int, _ q: Int) -> SizedCall? {
        switch operation {
        case "reshape": SizedCall([p, q], with: ["shape": [q, p]])
        case "expand": SizedCall([p], with: ["shape": [q, p]])
        case "flatten", "transpose", "flip", "squeeze": SizedCall([p, q])
        case "permute": SizedCall([p, q], with: ["order": [1, 0]])
        case "unsqueeze": SizedCall([p, q], with: ["axis": 0])
        case "concatenate", "stack": SizedCall([p, q], [p, q])
        case "repeat": SizedCall([p], with: ["count": .integer(q), "axis": 0])
        case "tile": SizedCall([p], with: ["counts": [q]])
        case "pad": SizedCall([4, 4], with: ["before": [p, 0], "after": [0, q]])
        case "split": SizedCall([p, q], with: ["extents": [1, p - 1]])
        case "chunk": SizedCall([p, q], with: ["count": 2])
        case "roll": SizedCall([p, q], with: ["shift": 1, "axis": 1])
        case "subscript": SizedCall([p, q], with: ["subscript": "1:, ::2"])
        case "assign": SizedCall([p, q], [q], with: ["subscript": "1"])
        default: nil
        }
    }

    private static func indexing(_ operation: String, _ p: Int, _ q: Int) -> SizedCall? {
        let indices = Tensor<Int32>(repeating: 1, shape: [4, q])
        let few = Tensor<Int32>([[1], [0], [2], [1]])
        let mask = Tensor<Bool>(shape: [p, 1], scalars: (0..<p).map { $0 == 1 })
        switch operation {
        case "gather": return SizedCall([4, p], with: ["axis": 1], integers: [indices])
        case "selectIndices": return SizedCall([p, 4], with: ["axis": 0], integers: [indices])
        case "scatterAdd": return SizedCall([4, p], [4, 1], with: ["axis": 1], integers: [few])
        case "scatterSet":
            return SizedCall(
                [4, p], [4, q], with: ["axis": 1], integers: [indices], symbols: ["n": 4 * p, "k": 4 * q])
        case "oneHot": return SizedCall(with: ["count": .integer(p)], integers: [indices])
        case "maskedFill": return SizedCall([p, q], with: ["value": 0.5], booleans: [mask])
        case "maskedSelect": return SizedCall([p, q], booleans: [mask])
        case "searchSorted": return SizedCall([p], [q], symbols: ["n": p])
        case "embedding": return SizedCall([p, 4], integers: [indices])
        default: return nil
        }
    }

    private static func network(_ operation: String, _ p: Int, _ q: Int) -> SizedCall? {
        let mask = Tensor<Bool>(repeating: true, shape: [p, q])
        let kernel = [
            "positions": q - 11, "kernel": 12, "channels": 4, "outputs": p,
        ]
        switch operation {
        case "layerNorm": return SizedCall([p, q], [q], [q])
        case "rmsNorm": return SizedCall([p, q], [q])
        case "groupNorm": return SizedCall([p, 4, q], [4], [4], with: ["groups": 2], symbols: ["n": 4 * p * q])
        case "instanceNorm": return SizedCall([p, 4, q], [4], [4], symbols: ["n": 4 * p * q])
        case "batchNorm": return SizedCall([p, q], with: ["axes": [0]])
        case "dropout": return SizedCall([p, q], with: ["rate": 0.5], booleans: [mask])
        case "convolution": return SizedCall([1, 4, q], [p, 4, 12], symbols: kernel)
        case "transposedConvolution":
            return SizedCall([1, 4, q], [4, p, 12], symbols: kernel.merging(["positions": q]) { $1 })
        case "maxPooled", "averagePooled":
            return SizedCall(
                [1, 2, 4 * p], with: ["window": [12], "stride": [1]], symbols: ["window": 12])
        case "scaledDotProductAttention":
            return SizedCall(
                [p, 24], [q, 24], [q, 12], symbols: ["time": p, "sources": q, "d": 24, "features": 12])
        case "crossEntropy": return SizedCall([p, q], integers: [Tensor(repeating: 1, shape: [p])])
        case "binaryCrossEntropy", "meanSquaredError": return SizedCall([p, q], [p, q])
        default: return nil
        }
    }

    private static func creation(_ operation: String, _ p: Int, _ q: Int) -> SizedCall? {
        switch operation {
        case "zeros", "ones", "gumbel", "normal", "uniform": SizedCall(with: ["shape": .integers([p, 8 * q])])
        case "uniformIntegers": SizedCall(with: ["shape": .integers([p, 8 * q]), "lower": 0, "upper": 9])
        case "truncatedNormal": SizedCall(with: ["shape": .integers([p, 8 * q]), "lower": -1, "upper": 2])
        case "full": SizedCall(with: ["shape": .integers([p, 8 * q]), "value": 2])
        case "eye": SizedCall(with: ["count": .integer(p)])
        case "arange": SizedCall(with: ["start": 0, "end": .integer(64 * p)])
        case "linspace": SizedCall(with: ["start": 0, "end": 1, "count": .integer(64 * p)])
        case "permutation": SizedCall(with: ["count": .integer(64 * p), "draws": 1])
        case "bernoulli", "categorical": SizedCall([p, q], with: ["draws": 1])
        default: nil
        }
    }
}
