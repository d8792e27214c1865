import TapestryOperations
import TapestryTestSupport
import Testing

/// What must hold of every operation, without any expected value.
@Suite struct OperationTests {
    @Test(arguments: Operation.all) func gradient(_ operation: Operation) {
        expectNone(operation, \.gradientComplaints)
    }

    @Test(arguments: Operation.all) func secondOrder(_ operation: Operation) {
        expectNone(operation, \.secondOrderComplaints)
    }

    @Test(arguments: Operation.all) func forwardMode(_ operation: Operation) {
        expectNone(operation, \.forwardComplaints)
        expectNone(operation, \.forwardComplaintsAlongOneOperand)
    }

    @Test(arguments: Operation.all) func secondOrderInEveryMode(_ operation: Operation) {
        expectNone(operation, \.secondOrderModeComplaints)
    }

    @Test(arguments: Operation.all) func batches(_ operation: Operation) {
        expectNone(operation, \.batchingComplaints)
        expectNone(operation, \.nestedBatchComplaints)
    }

    private func expectNone(_ operation: Operation, _ complaints: (FunctionCase) -> [String]) {
        for example in operation.examples { #expect(complaints(example) == []) }
    }
}
