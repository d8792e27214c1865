import Foundation
import TapestryAutograd
import TapestryTestSupport
import Testing

import struct TapestryOperations.Operation

/// The column "rule" of `docs/Operations.md`: each formula against the gradient of the operation that it stands beside.
@Suite struct RuleFormulaTests {
    /// Rules that say in words what moves where, or have more to them than the notation of `RuleFormula`.
    private static let inWords: Set<String> = [
        "cumulativeMax", "cumulativeMin", "einsum", "tensordot", "diagonal", "embeddedDiagonal", "lowerTriangle",
        "upperTriangle", "trace", "reshape", "expand", "flatten", "transpose", "permute", "squeeze", "unsqueeze",
        "concatenate", "stack", "repeat", "tile", "pad", "split", "chunk", "roll", "flip", "subscript", "assign",
        "gather", "selectIndices", "scatterAdd", "scatterSet", "maskedSelect", "sort", "largest", "smallest",
        "batchNorm", "groupNorm", "instanceNorm", "convolution", "transposedConvolution", "maxPooled", "averagePooled",
        "embedding",
    ]

    private static let formulas = OperationTable.rows.filter { $0.rule != "—" && !inWords.contains($0.operation) }

    @Test func everyRuleInWordsIsARow() {
        #expect(Self.inWords.isSubset(of: OperationTable.rows.map(\.operation)))
    }

    @Test(arguments: formulas) func isTheGradient(_ row: OperationTable.Row) throws {
        let operation = row.enumerated
        let calls = zip(operation.calls, operation.examples).map { call, example in
            call(example.leaves(example.shapes, seed: 3))
        }.filter { Self.isInTermsOfTheTable($0, row) }
        #expect(!calls.isEmpty, "no example of \(row)")
        for call in calls {
            let results = try operation.function(call)
            let y = row.result(results)
            let cotangent = randomLike(y, seed: 7)
            let gradients = try gradient(at: call.reals) {
                (row.result(try operation.function(call.with($0))) * cotangent).sum()
            }
            let expected = try RuleFormula(row.rule).evaluated(with: Self.symbols(of: call, y, cotangent, row))
            for (index, gradient) in gradients.enumerated() {
                let symbol = row.operandSymbols[index] + "\u{304}"
                let value = try #require(expected.first { $0.symbol == symbol }?.value, "no \(symbol) in \(row.rule)")
                let fitted = Self.fitted(value, to: gradient.shape)
                #expect(
                    blockError(gradient.scalars, fitted.scalars, floor: 1e-3) < 1e-10,
                    "\(row), \(row.rule): \(symbol) is \(fitted.scalars), not \(gradient.scalars)")
            }
        }
    }

    /// The table speaks of one reduction to a number, of matrices, and of the last axis.
    private static func isInTermsOfTheTable(_ call: OperationCall<Double>, _ row: OperationTable.Row) -> Bool {
        switch row.section {
        case "Reductions and running reductions":
            row.operation.hasPrefix("cumulative")
                ? call.reals[0].rank == 1 && (try! call.setting("reversed", as: Bool.self)) != true
                : (try! row.enumerated.function(call))[0].rank == 0
        case "Linear algebra": call.reals.allSatisfy { $0.rank == (["dot", "outer"].contains(row.operation) ? 1 : 2) }
        case "Neural networks":
            call.reals[0].rank == 2 && [-1, 1].contains((try! call.setting("axis", as: Int.self)) ?? -1)
                && (call.booleans.isEmpty || row.operation == "dropout")
        default: true
        }
    }

    /// The values of what a rule may name: operands and result, the result's cotangent, constants, and settings.
    static func symbols(
        of call: OperationCall<Double>, _ y: Tensor<Double>, _ cotangent: Tensor<Double>, _ row: OperationTable.Row
    ) throws -> [String: Tensor<Double>] {
        // Elements that are reduced together lie on one axis, over which Σ and mean go.
        let isReduction = row.section == "Reductions and running reductions" && y.rank == 0
        let operands = isReduction ? call.reals.map { $0.flattened() } : call.reals
        var symbols = Dictionary(zip(row.operandSymbols, operands)) { first, _ in first }
        symbols["y"] = y
        symbols["ȳ"] = cotangent
        let isSum = try call.setting("reduction", as: String.self) == "sum"
        symbols["count"] = Tensor(isSum ? 1 : Double(operands[0].count / max(y.count, 1)))
        symbols["π"] = Tensor(.pi)
        if isReduction { symbols["ties"] = (operands[0] .== y).converted(to: Double.self).sum() }
        if let mask = call.booleans.first { symbols["mask"] = mask.converted() }
        switch row.operation {
        case "selu":
            symbols["λ"] = Tensor(1.0507009873554805)
            symbols["α"] = Tensor(1.6732632423543772)
        case "triangularSolve":
            let isLower: Bool = try call.required("lower")
            let hasUnits: Bool = try call.setting("unitDiagonal") ?? false
            let ones = Tensor<Double>.ones(operands[0].shape)
            let offset = hasUnits ? 1 : 0
            let read = isLower ? ones.lowerTriangle(offset: -offset) : ones.upperTriangle(offset: offset)
            symbols["lower"] = Tensor(isLower ? 1 : 0)
            symbols["r"] = read
            symbols["t"] = operands[0] * read + (hasUnits ? .identity(operands[0].shape[0]) : Tensor(0))
            symbols["transposed"] = Tensor(try call.setting("transposed") ?? false ? 1 : 0)
        case "crossEntropy":
            symbols["t"] = Tensor<Double>.oneHot(try call.indices, count: operands[0].shape[1])
            symbols["count"] = Tensor(isSum ? 1 : Double(operands[0].shape[0]))
        case "scaledDotProductAttention":
            symbols["d"] = Tensor(Double(operands[0].shape[1]))
        default: break
        }
        let settings: [(symbol: String, name: String, usual: Double)] = [
            ("slope", "slope", 0.01), ("α", "alpha", 1), ("ε", "epsilon", 1e-5), ("rate", "rate", 0),
            ("correction", "correction", 0), ("p", "order", 2), ("k", "order", 0), ("lower", "lower", -.infinity),
            ("upper", "upper", .infinity), ("b", "exponent", .nan),
        ]
        for (symbol, name, usual) in settings where symbols[symbol] == nil {
            symbols[symbol] = Tensor(try call.setting(name) ?? usual)
        }
        return symbols
    }

    /// Summed over what was repeated, or repeated to the operand's shape.
    private static func fitted(_ value: Tensor<Double>, to shape: [Int]) -> Tensor<Double> {
        let count = shape.reduce(1, *)
        if count == 0 || value.count == 0 { return .zeros(shape) }
        if value.count == count { return value.reshaped(to: shape) }
        if value.count < count { return (value + Tensor<Double>.zeros([count])).reshaped(to: shape) }
        let leading = value.rank - shape.count
        let repeated = value.shape.indices.filter { $0 < leading || shape[$0 - leading] == 1 }
        return value.sum(axes: repeated, keepingAxes: true).reshaped(to: shape)
    }
}
