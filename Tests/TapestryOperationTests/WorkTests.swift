import Foundation
import TapestryArrays
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

import struct TapestryOperations.Operation

/// What the column "cost" of `docs/Operations.md` says of the work, against the elements that primitives go through, which
/// a profile counts: it has to grow as the formula does when one size of the operands doubles, and be about as much.
@Suite struct WorkTests {
    /// Where what makes most of the work, here the mask that is searched, is no primitive of its own.
    private static let unmeasured: Set<String> = ["maskedSelect"]
    private static let rows = OperationTable.rows.filter { !unmeasured.contains($0.operation) }

    @Test(arguments: rows) func growsAsItsFormula(_ row: OperationTable.Row) throws {
        let formula = Self.formula(row)
        let sizes = SizedCall.sizes(of: row.operation)
        let base = try Self.measured(row, sizes.0, sizes.1)
        let grown = try [Self.measured(row, 2 * sizes.0, sizes.1), Self.measured(row, sizes.0, 2 * sizes.1)]
        if formula == "a view" {
            #expect(
                ([base] + grown).allSatisfy { $0.work == 0 }, "\(row), \(row.cost): \(([base] + grown).map(\.work))")
            return
        }
        func claimed(_ symbols: [String: Double]) throws -> Double {
            try RuleFormula("").value(of: formula, with: symbols.mapValues { Tensor($0) }).scalar
        }
        let share = base.work / (try claimed(base.symbols))
        #expect((0.2...8).contains(share), "\(row), \(row.cost): \(share) times as much at \(base.symbols)")
        for (size, grown) in zip(["first", "second"], grown) {
            let growth = log2(grown.work / base.work)
            let expected = log2(try claimed(grown.symbols) / claimed(base.symbols))
            #expect(
                abs(growth - expected) < 0.2,
                "\(row), \(row.cost): 2^\(growth), not 2^\(expected), for twice the \(size) size"
            )
        }
    }

    @Test func everyOperationIsACall() {
        for operation in Operation<Double>.all { #expect(SizedCall(operation.name, 8, 8) != nil, "\(operation)") }
    }

    // MARK: What the table says

    /// The work alone, up to what explains it, as a formula that `RuleFormula` knows: of views "a view".
    private static func formula(_ row: OperationTable.Row) -> String {
        let work = RuleFormula.partedByCommas(row.cost)[0].split(separator: ":")[0]
        let formula = work.hasPrefix("a view") || work == "views" ? "a view" : String(work)
        return formula.replacing("several", with: "4").replacing("×", with: " ")
            .replacing(/log ([a-z])/) { "ln(\($0.1)) / ln(2)" }
    }

    // MARK: What is measured

    /// The work of a call of these sizes, in elements, and what the formula's symbols are there.
    private static func measured(
        _ row: OperationTable.Row, _ first: Int, _ second: Int
    ) throws -> (work: Double, symbols: [String: Double]) {
        let sized = try #require(SizedCall(row.operation, first, second), "no call of \(row)")
        let evaluate = { Result { try row.enumerated.function(sized.call) } }
        let (outcome, events) = ProfileRecorder.recording { recorder in
            let outcome = evaluate()
            return (outcome, recorder.events)
        }
        let results = try outcome.get()
        let result = row.result(results)
        var symbols = sized.symbols
        symbols["m"] = Double(result.count)
        if symbols["n"] == nil { symbols["n"] = Double(sized.call.operandCount) }
        if !events.isEmpty { return (events.map(work).reduce(0, +), symbols) }
        // What is created, and not made by a primitive, is written once.
        let meter = AllocationMeter()
        _ = meter.metering(evaluate)
        return (Double(meter.byteCount / MemoryLayout<Double>.stride), symbols)
    }

    /// The elements that a primitive goes through: those of its greatest operand or of its result, products as many times
    /// as there are multiplications for each, and factorisations once for every row.
    private static func work(_ event: ProfileRecorder.Event) -> Double {
        let (first, other) = (Double(event.firstCount), Double(event.otherCount))
        let result = Double(event.layout?.count ?? 0)
        switch event.primitive {
        // Views, if they allocate nothing.
        case .reshape, .permute, .expand, .slice, .windows, .diagonal: return event.byteCount == 0 ? 0 : result
        case .matmul: return (first * other * result).squareRoot()
        // The matrix of a system, and its right-hand sides for each row.
        case .solve: return 2 / 3 * first * first.squareRoot() + 2 * first.squareRoot() * other
        case .triangularSolve: return first.squareRoot() * other
        case .cholesky: return first * first.squareRoot() / 3
        case .determinant, .logDeterminant, .signOfDeterminant: return 2 / 3 * first * first.squareRoot()
        // Only what is read.
        case .gather, .slices, .rows: return result
        // By comparisons: of an element with as many as a search among the others takes.
        case .argSort: return first * log2(first)
        case .searchSorted: return other * log2(first)
        case .largest, .smallest: return first
        default: return max(first, other, result)
        }
    }
}

extension OperationCall {
    /// The elements of the real and Boolean operands, broadcast against each other.
    fileprivate var operandCount: Int {
        let shapes = reals.map(\.shape) + booleans.map(\.shape)
        let common = shapes.dropFirst().reduce(shapes.first) { common, shape in
            common.flatMap { Layout.broadcastShape($0, shape) }
        }
        return (common ?? shapes.first ?? integers.first?.shape ?? []).reduce(1, *)
    }
}
