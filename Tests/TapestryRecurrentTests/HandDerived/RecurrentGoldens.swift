import Foundation

/// The golden files of the recurrent cells; `Tests/Goldens/README.md` describes the format.
struct RecurrentGoldenFile: Decodable {
    var cases: [RecurrentGolden]

    /// The cases of `Tests/Goldens/<name>.json`.
    static func cases(of name: String) throws -> [RecurrentGolden] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let url = folder.appendingPathComponent("../../Goldens/\(name).json").standardizedFileURL
        return try JSONDecoder().decode(RecurrentGoldenFile.self, from: Data(contentsOf: url)).cases
    }
}

/// One case: a sequence, one step, or one equation of a cell.
struct RecurrentGolden: Decodable, Sendable {
    struct Block: Decodable, Sendable {
        var name: String
        var shape: [Int]
        var values: [Double]

        /// A block of rank 2.
        var matrix: ScalarMatrix {
            precondition(shape.count == 2, "\(name) has rank \(shape.count)")
            return values.rows(of: shape[1])
        }
    }

    var name: String
    var operation: String
    var inputs: [Block]
    var outputs: [Block]
    var named: [Block]
    var cotangents: [Block]
    var gradients: [Block]

    /// The part of the operation's name after the dot: `forget`, `step`, or nothing for a sequence.
    var part: Substring? { operation.split(separator: ".").dropFirst().first }

    func gate(_ gate: String, of blocks: KeyPath<RecurrentGolden, [Block]> = \.inputs) -> GateParameters {
        let blocks = self[keyPath: blocks]
        return GateParameters(
            inputWeights: blocks["\(gate).inputWeights"]!.matrix,
            recurrentWeights: blocks["\(gate).recurrentWeights"]!.matrix,
            bias: blocks["\(gate).bias"]!.values,
            recurrentBias: blocks["\(gate).recurrentBias"]?.values ?? [])
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

    private func sequence(_ block: Block) -> ScalarSequence {
        precondition(block.shape.count == 3, "\(block.name) has rank \(block.shape.count)")
        let rows = block.values.rows(of: block.shape[2])
        return stride(from: 0, to: rows.count, by: block.shape[1]).map { Array(rows[$0..<$0 + block.shape[1]]) }
    }
}

extension [RecurrentGolden.Block] {
    subscript(name: String) -> RecurrentGolden.Block? { first { $0.name == name } }
}

extension [Double] {
    /// The values cut into rows.
    func rows(of width: Int) -> ScalarMatrix {
        stride(from: 0, to: count, by: width).map { Array(self[$0..<$0 + width]) }
    }
}
