import TapestryOperations
import TapestryTestSupport
import Testing

/// What must hold of every operation, without any expected value.
@Suite struct OperationTests {
    @Test(arguments: Operation<Double>.all) func gradient(_ operation: Operation<Double>) {
        expectNone(operation, \.gradientComplaints)
    }

    @Test(arguments: Operation<Double>.all) func secondOrder(_ operation: Operation<Double>) {
        expectNone(operation, \.secondOrderComplaints)
    }

    @Test(arguments: Operation<Double>.all) func thirdOrder(_ operation: Operation<Double>) {
        expectNone(operation, \.thirdOrderComplaints)
    }

    /// What has a rule has examples on which the suites here try it.
    @Test(arguments: OperationTable.rows) func everyRuleHasExamples(_ row: OperationTable.Row) {
        #expect(row.rule == "—" || !row.enumerated.examples.isEmpty)
    }

    @Test(arguments: Operation<Double>.all) func forwardMode(_ operation: Operation<Double>) {
        expectNone(operation, \.forwardComplaints)
        expectNone(operation, \.forwardComplaintsAlongOneOperand)
    }

    @Test(arguments: Operation<Double>.all) func secondOrderInEveryMode(_ operation: Operation<Double>) {
        expectNone(operation, \.secondOrderModeComplaints)
    }

    @Test(arguments: Operation<Double>.all) func batches(_ operation: Operation<Double>) {
        expectNone(operation, \.batchingComplaints)
        expectNone(operation, \.nestedBatchComplaints)
    }

    /// A uniform number in single precision is made of one random word, and in double of two: these draw other numbers.
    private static let drawnOtherwiseInFloat: Set<String> = ["bernoulli", "categorical"]

    /// The enumeration once more in single precision, against itself in double.
    @Test(arguments: zip(Operation<Float>.all, Operation<Double>.all))
    func singlePrecision(_ operation: Operation<Float>, _ exact: Operation<Double>) {
        #expect(operation.name == exact.name && operation.examples.count == exact.examples.count)
        if Self.drawnOtherwiseInFloat.contains(operation.name) { return }
        for (example, exact) in zip(operation.examples, exact.examples) {
            #expect(example.complaints(against: exact) == [])
        }
    }

    private func expectNone(_ operation: Operation<Double>, _ complaints: (FunctionCase<Double>) -> [String]) {
        for example in operation.examples { #expect(complaints(example) == []) }
    }
}
