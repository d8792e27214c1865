import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// What breaks a rule of tensors, tapes and modules ends the program and says what: the operation that was called, the
/// shapes, and the rule. The tables lie beside this file, one for each family.
@Suite struct TensorTrapTests {
    static let traps: [ExpectedTrap] =
        creation + random + shapes + rearrangement + subscripts + indexing + reductions + positions + broadcasting
        + products + einsums + matrices + windows + pooling + neural + derivatives + functions + batches + tapes
        + scopes + modules
        + primitives + rules

    @Test(arguments: traps.indices)
    func trapsWithItsMessage(_ index: Int) async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [index] in
            Self.traps[index].run()
        }
        #expect(Self.traps[index].complaint(about: result?.standardErrorContent) == nil)
    }

    static func zeros(_ shape: Int...) -> Tensor<Double> { .zeros(shape) }
}
