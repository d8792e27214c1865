import TapestryGoldenCells
import TapestryHandDerivedCells
import TapestryTestSupport

/// The goldens of the recurrent cells as plain arrays; `Tests/README.md` describes the format.
extension GoldenCase {
    /// Whether the case is one equation alone.
    var isEquation: Bool { part != nil && part != "step" }

    func gate(_ gate: String) -> GateParameters {
        GateParameters(
            inputWeights: inputs["\(gate).inputWeights"]!.matrix,
            recurrentWeights: inputs["\(gate).recurrentWeights"]!.matrix,
            bias: inputs["\(gate).bias"]!.scalars,
            recurrentBias: inputs["\(gate).recurrentBias"]?.scalars ?? [])
    }

    /// The operands of a case that is a whole sequence.
    func operands<Parameters>(_ parameters: Parameters) -> HandDerivedOperands<Parameters> {
        HandDerivedOperands(
            parameters: parameters, inputs: sequence(inputs["x"]!),
            initial: HandDerivedState(
                hidden: inputs["initialHidden"]!.matrix, cell: inputs["initialCell"]?.matrix ?? []))
    }

    /// The cotangents of a case that is a whole sequence.
    var sequenceCotangents: HandDerivedCotangents {
        HandDerivedCotangents(
            outputs: sequence(cotangents["outputs"]!),
            final: HandDerivedState(
                hidden: cotangents["finalHidden"]!.matrix, cell: cotangents["finalCell"]?.matrix ?? []))
    }

    /// A named value at every step: `[time][batch][hidden]`.
    func values(of name: String) -> ScalarSequence { sequence(named[name]!) }

    private func sequence(_ block: GoldenTensor) -> ScalarSequence {
        precondition(block.shape.count == 3, "\(block.name) has rank \(block.shape.count)")
        let rows = block.scalars.rows(of: block.shape[2])
        return stride(from: 0, to: rows.count, by: block.shape[1]).map { Array(rows[$0..<$0 + block.shape[1]]) }
    }
}

extension GoldenTensor {
    /// A block of rank 2.
    var matrix: ScalarMatrix {
        precondition(shape.count == 2, "\(name) has rank \(shape.count)")
        return scalars.rows(of: shape[1])
    }
}

extension [GoldenTensor] {
    subscript(name: String) -> GoldenTensor? { first { $0.name == name } }
}

extension [Double] {
    /// The values cut into rows.
    func rows(of width: Int) -> ScalarMatrix {
        stride(from: 0, to: count, by: width).map { Array(self[$0..<$0 + width]) }
    }
}
