import TapestryTestSupport
import Testing

@testable import TapestryAutograd

import struct TapestryOperations.Operation

/// Every primitive is in an example of the enumeration of operations, which have suites of their own, or in a case beside
/// them, which goes through the same checks here.
@Suite struct PrimitiveTests {
    private static let ownCases = Primitive.ID.allCases.filter { PrimitiveCases.byPrimitive[$0] != nil }

    /// The primitives that examples of operations record, whose rules are then applied; of those without a derivative,
    /// which leave no record, the ones that are evaluated.
    private static let inOperations: Set<String> = Set(
        Operation<Double>.all.flatMap(\.examples).flatMap { example -> [String] in
            let tape = Tape(recording: .full)
            let leaves = example.leaves(example.shapes, seed: 1).map { tape.watch($0) }
            let evaluated = profiled { example.function(leaves) }.profile.byPrimitive.map(\.name)
            let constants = Primitive.all.filter(\.isPiecewiseConstant).map(\.id.name)
            return tape.recordedNames + evaluated.filter(constants.contains)
        })

    @Test(arguments: Primitive.ID.allCases)
    func isChecked(_ id: Primitive.ID) {
        #expect(Self.inOperations.contains(id.name) || Self.ownCases.contains(id), "the rules of \(id) are not tested")
    }

    @Test(arguments: ownCases)
    func hasCasesThatRecordIt(_ id: Primitive.ID) throws {
        for function in PrimitiveCases.byPrimitive[id]! {
            // Full tapes keep what checkpoints stand for.
            let tape = Tape(recording: id == .checkpoint || id == .checkpointed ? .lean : .full)
            _ = function.function(function.leaves(function.shapes, seed: 1).map { tape.watch($0) })
            let isRecorded = tape.recordedNames.contains(id.name)
            // A piecewise constant function leaves no record, and is checked all the same: its derivative is zero.
            #expect(isRecorded != Primitive[id].pointee.isPiecewiseConstant, "\(function)")
        }
    }

    @Test(arguments: Primitive.ID.allCases)
    func isDefinedInItsPlace(_ id: Primitive.ID) {
        #expect(Primitive.all[Int(id.rawValue)].id == id)
        #expect(Primitive.all.count == Primitive.ID.allCases.count)
    }

    @Test(arguments: ownCases)
    func gradient(_ id: Primitive.ID) { expectNone(id, \.gradientComplaints) }

    @Test(arguments: ownCases)
    func secondOrder(_ id: Primitive.ID) { expectNone(id, \.secondOrderComplaints) }

    @Test(arguments: ownCases)
    func thirdOrder(_ id: Primitive.ID) { expectNone(id, \.thirdOrderComplaints) }

    @Test(arguments: ownCases)
    func forwardMode(_ id: Primitive.ID) {
        expectNone(id, \.forwardComplaints)
        expectNone(id, \.forwardComplaintsAlongOneOperand)
    }

    @Test(arguments: ownCases)
    func secondOrderInEveryMode(_ id: Primitive.ID) { expectNone(id, \.secondOrderModeComplaints) }

    @Test(arguments: ownCases)
    func batches(_ id: Primitive.ID) { expectNone(id, \.batchingComplaints) }

    @Test(arguments: ownCases)
    func batchesOfBatches(_ id: Primitive.ID) { expectNone(id, \.nestedBatchComplaints) }

    private func expectNone(_ id: Primitive.ID, _ complaints: (FunctionCase<Double>) -> [String]) {
        for function in PrimitiveCases.byPrimitive[id]! { #expect(complaints(function) == []) }
    }
}

extension Tape {
    /// The name of each record's primitive, in order, as the printed tape shows it.
    var recordedNames: [String] {
        description.split(separator: "\n").map { line in
            let operation = line.drop { $0 != "=" }.dropFirst(2)
            return String(operation.prefix { $0 != "(" && $0 != " " })
        }
    }
}
