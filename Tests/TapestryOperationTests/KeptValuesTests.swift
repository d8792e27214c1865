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

    /// Operations of which the table says in words what other arrays they keep.
    private static let inWords: Set<String> = [
        "tensordot", "batchNorm", "groupNorm", "instanceNorm", "convolution", "transposedConvolution",
    ]

    private static let formulas = OperationTable.rows.filter { row in
        !inWords.contains(row.operation) && items(row).contains { isFormula($0, row) }
    }

    /// Each other array that is written as a formula is one that the tape keeps.
    @Test(arguments: formulas) func hasTheValueOfItsFormula(_ row: OperationTable.Row) throws {
        let operation = row.enumerated
        let calls = zip(operation.calls, operation.examples).map { call, example in
            call(example.leaves(example.shapes, seed: 3))
        }
        let call = try #require(try calls.first { Self.isByRows($0, row.result(try operation.function($0)), row) })
        let y = row.result(try operation.function(call))
        let symbols = try RuleFormulaTests.symbols(of: call, y, randomLike(y, seed: 7), row)
        let tape = Tape()
        _ = try operation.function(call.with(call.reals.map { tape.watch($0) + Tensor<Double>.zeros([]) }))
        let kept = Self.arrays(keptBy: tape).filter { $0.elementType == .float64 }.map { $0.elements(as: Double.self) }
        for item in Self.items(row) where Self.isFormula(item, row) {
            let formula = item.replacing("a copy of ", with: "")
            let expected = try RuleFormula(row.rule).value(of: formula, with: symbols).scalars
            #expect(
                kept.contains { blockError($0, expected, floor: 1e-3) < 1e-12 },
                "\(row): none of \(kept) is \(item), \(expected)")
        }
    }

    /// Whether the table's formulas, which go over the last axis, are those of this call.
    private static func isByRows(
        _ call: OperationCall<Double>, _ y: Tensor<Double>, _ row: OperationTable.Row
    ) -> Bool {
        let isReduction = row.section == "Reductions and running reductions"
        return call.reals[0].rank == 2 && (!isReduction || y.rank == 2 && y.shape[1] == 1)
    }

    @Test(arguments: OperationTable.rows) func isWhatTheTapeKeeps(_ row: OperationTable.Row) throws {
        let claimed = Self.claimed(row)
        guard let kept = try Self.kept(row) else {
            #expect(claimed == Kept(), "\(row) has no operand with a derivative")
            return
        }
        #expect(kept == claimed, "\(row): \(row.cost)")
    }

    /// What a row says is kept, in words of a small vocabulary: the symbols of operands, y, masks, positions, indices, and
    /// formulas, parted by commas. What stands in parentheses behind them explains.
    private static func items(_ row: OperationTable.Row) -> [String] {
        guard let list = row.cost.split(separator: "keeps ").dropFirst().first else { return [] }
        return RuleFormula.partedByCommas(String(list)).map {
            $0.replacing(/\ \((?:[a-z]{2,} .*|m)\)$/, with: "")
        }
    }

    private static let masks = ["a mask": 1, "the mask": 1, "two masks": 2]
    private static let positions: Set<String> = ["positions", "the indices"]

    /// Whether an item stands for one more array of numbers.
    private static func isFormula(_ item: String, _ row: OperationTable.Row) -> Bool {
        masks[item] == nil && !positions.contains(item) && item != "y" && !row.operandSymbols.contains(item)
    }

    private static func claimed(_ row: OperationTable.Row) -> Kept {
        var kept = Kept()
        for item in items(row) {
            if isFormula(item, row) {
                kept.otherCount += 1
            } else if let count = masks[item] {
                kept.maskCount += count
            } else if positions.contains(item) {
                kept.positionCount += 1
            } else {
                kept.symbols.insert(item)
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
        let arrays = arrays(keptBy: tape)
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

    /// The arrays that records read, and those that are constants of theirs.
    private static func arrays(keptBy tape: Tape) -> [NDArray] {
        let memory = tape.memory
        let saved = (0..<memory.pointee.records.count).compactMap { index -> NDArray? in
            let record = memory.pointee.records.pointer[index]
            return record.primitive == .input ? nil : record.saved?.array
        }
        return saved + (0..<memory.pointee.constants.count).map { memory.pointee.constants.pointer[$0].array }
    }
}
