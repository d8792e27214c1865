import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// Every primitive against differences: values of a primitive that is not in the table of cases can't exist.
@Suite struct PrimitiveTests {
    @Test(arguments: Primitive.ID.allCases)
    func hasCasesThatRecordIt(_ id: Primitive.ID) throws {
        let cases = try #require(PrimitiveCases.byPrimitive[id], "\(id) has no case: its derivative is not tested")
        for function in cases {
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

    @Test(arguments: Primitive.ID.allCases)
    func gradient(_ id: Primitive.ID) { expectNone(id, \.gradientComplaints) }

    @Test(arguments: Primitive.ID.allCases)
    func secondOrder(_ id: Primitive.ID) { expectNone(id, \.secondOrderComplaints) }

    @Test(arguments: Primitive.ID.allCases)
    func forwardMode(_ id: Primitive.ID) {
        expectNone(id, \.forwardComplaints)
        expectNone(id, \.forwardComplaintsAlongOneOperand)
    }

    @Test(arguments: Primitive.ID.allCases)
    func secondOrderInEveryMode(_ id: Primitive.ID) { expectNone(id, \.secondOrderModeComplaints) }

    @Test(arguments: Primitive.ID.allCases)
    func batches(_ id: Primitive.ID) { expectNone(id, \.batchingComplaints) }

    @Test(arguments: Primitive.ID.allCases)
    func batchesOfBatches(_ id: Primitive.ID) { expectNone(id, \.nestedBatchComplaints) }

    private func expectNone(_ id: Primitive.ID, _ complaints: (FunctionCase<Double>) -> [String]) {
        for function in PrimitiveCases.byPrimitive[id] ?? [] { #expect(complaints(function) == []) }
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
