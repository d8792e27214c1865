import TapestryHandDerivedCells
import TapestryTestSupport
import Testing

/// Holds every equation of the hand-derived cells, on its own, against the golden files.
@Suite struct HandDerivedEquationTests {
    @Test("an equation's value and gradients", arguments: HandDerivedTests.checks)
    func equation(_ check: any HandDerivedCheck) throws {
        let equations = try GoldenFile(named: check.file).cases.filter(\.isEquation)
        #expect(!equations.isEmpty)
        for golden in equations {
            let equation = HandDerivedEquation(golden)
            #expect(
                blockError(equation.value, golden.outputs[0].scalars) < HandDerivedTests.goldenTolerance,
                "value of \(golden.name)")
            #expect(Set(equation.gradients.keys) == Set(golden.gradients.map(\.name)))
            for block in golden.gradients {
                #expect(
                    blockError(equation.gradients[block.name] ?? [], block.scalars) < HandDerivedTests.goldenTolerance,
                    "\(golden.name): gradient of \(block.name)")
            }
        }
    }
}
