import Foundation
import TapestryArrays
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

import struct TapestryOperations.Operation

/// What the column "cost" of `docs/Operations.md` says is kept for the way back, against what a lean tape keeps.
@Suite struct KeptValuesTests {
    /// What is kept: operands by their symbols, y, and so many masks, arrays of positions, and other arrays.
    struct Kept: Equatable, CustomStringConvertible {
        var symbols: Set<String> = []
        var maskCount = 0
        var positionCount = 0
        var otherCount = 0

        var description: String {
            "\(symbols.sorted()), \(maskCount) masks, \(positionCount) positions, \(otherCount) others"
        }
    }

    @Test(arguments: OperationTable.rows) func isWhatTheTapeKeeps(_ row: OperationTable.Row) throws {
        let claimed = Self.claimed(row)
        guard let kept = try Self.kept(row) else {
            #expect(claimed == Kept(), "\(row) has no operand with a derivative")
            return
        }
        #expect(kept == claimed, "\(row): \(row.cost)")
    }

    /// In words of a small vocabulary: the symbols of operands, y, masks, positions, indices, parted by commas. Anything
    /// else stands for one more array of numbers.
    private static func claimed(_ row: OperationTable.Row) -> Kept {
        var kept = Kept()
        guard let list = row.cost.split(separator: "keeps ").dropFirst().first else { return kept }
        // What stands in parentheses explains.
        for item in RuleFormula.partedByCommas(String(list)) {
            let name = String(item.prefix { $0 != "(" }).trimmingCharacters(in: .whitespaces)
            switch name {
            case "a mask", "the mask": kept.maskCount += 1
            case "two masks": kept.maskCount += 2
            case "positions", "the indices": kept.positionCount += 1
            case let symbol where symbol == "y" || row.operandSymbols.contains(symbol): kept.symbols.insert(symbol)
            default: kept.otherCount += 1
            }
        }
        return kept
    }

    /// What a lean tape keeps of the first example whose result has several elements, or of the first one; nothing for an
    /// operation without operands.
    private static func kept(_ row: OperationTable.Row) throws -> Kept? {
        let operation = row.enumerated
        let calls = zip(operation.calls, operation.examples).map { call, example in
            call(example.leaves(example.shapes, seed: 3))
        }
        guard let call = try calls.first(where: { try row.result(operation.function($0)).count > 1 }) ?? calls.first
        else { return nil }

        let tape = Tape()
        // Results on the way: inputs themselves are kept in any case.
        let operands = call.reals.map { tape.watch($0) + Tensor<Double>.zeros([]) }
        let results = try operation.function(call.with(operands))
        return kept(tape, operands, row.result(results), row.operandSymbols)
    }

    private static func kept(
        _ tape: Tape, _ operands: [Tensor<Double>], _ result: Tensor<Double>, _ symbols: [String]
    ) -> Kept {
        let memory = tape.memory
        var arrays = (0..<memory.pointee.records.count).compactMap { index -> NDArray? in
            let record = memory.pointee.records.pointer[index]
            return record.primitive == .input ? nil : record.saved?.array
        }
        arrays += (0..<memory.pointee.constants.count).map { memory.pointee.constants.pointer[$0].array }
        var known: [ObjectIdentifier: String] = [:]
        known[ObjectIdentifier(result.value.array.owner)] = "y"
        for (symbol, operand) in zip(symbols, operands) { known[ObjectIdentifier(operand.value.array.owner)] = symbol }

        var kept = Kept()
        var seen: Set<ObjectIdentifier> = []
        for array in arrays where seen.insert(ObjectIdentifier(array.owner)).inserted {
            if let symbol = known[ObjectIdentifier(array.owner)] {
                kept.symbols.insert(symbol)
            } else if array.owner.byteCount > array.elementType.size {
                switch array.elementType {
                case .bool: kept.maskCount += 1
                case .int32: kept.positionCount += 1
                default: kept.otherCount += 1
                }
            }
        }
        return kept
    }
}
