import TapestryAutograd
import TapestryTestSupport

import struct TapestryOperations.Operation

extension OperationTable.Row {
    /// The enumeration's operation of this name.
    var enumerated: Operation<Double> { Operation.byName[operation]! }

    /// What the table calls the real operands, in order.
    var operandSymbols: [String] {
        switch operation {
        case "layerNorm", "rmsNorm", "groupNorm", "instanceNorm": ["x", "γ", "β"]
        case "linear", "convolution", "transposedConvolution": ["x", "w", "b"]
        case "embedding": ["w"]
        case "scaledDotProductAttention": ["q", "k", "v"]
        case "binaryCrossEntropy", "meanSquaredError": ["x", "t"]
        case "triangularSolve": ["t", "b"]
        case "assign", "scatterAdd", "scatterSet", "searchSorted": ["x", "v"]
        case "concatenate", "stack", "einsum": ["a", "b", "c"]
        default: enumerated.examples.allSatisfy { $0.shapes.count == 1 } ? ["x"] : ["a", "b"]
        }
    }

    /// The result that the table calls y: the only one with a derivative, or the first.
    func result(_ outputs: [Tensor<Double>]) -> Tensor<Double> {
        operation == "logDeterminant" ? outputs[1] : outputs[0]
    }
}
