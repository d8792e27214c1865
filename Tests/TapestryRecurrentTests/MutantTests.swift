import TapestryAutograd
import TapestryGoldenCells
import TapestryHandDerivedCells
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// One wrong cell.
struct MutantArgument: Sendable, CustomTestStringConvertible {
    var fixture: any RecurrentFixture
    var name: String

    var testDescription: String { "\(fixture.file): \(name)" }

    static let all = recurrentFixtures.flatMap { fixture in
        names(fixture).map { MutantArgument(fixture: fixture, name: $0) }
    }

    private static func names(_ fixture: some RecurrentFixture) -> [String] { fixture.mutants.map(\.name) }
}

/// Shows that a comparison of the library's named values with a scalar reference tells right cells from wrong ones: a
/// wrong reference disagrees, first in the value that is wrong.
@Suite struct MutantTests {
    @Test("the library differs from the mutant, first in the value that is wrong", arguments: MutantArgument.all)
    func mutant(_ argument: MutantArgument) throws { try checkMutant(argument.fixture, argument.name) }

    private func checkMutant(_ fixture: some RecurrentFixture, _ name: String) throws {
        let mutant = try #require(fixture.mutants.first { $0.name == name })
        for golden in try fixture.sequences() {
            let trace = mutant.forward(fixture.handDerivedOperands(golden))
            #expect(try firstDeviation(of: trace, fixture, golden) == mutant.wrongValue, "\(mutant.description)")
        }
    }

    @Test("the library does not differ from the right reference", arguments: recurrentFixtures)
    func original(_ fixture: any RecurrentFixture) throws { try checkOriginal(fixture) }

    private func checkOriginal(_ fixture: some RecurrentFixture) throws {
        for golden in try fixture.sequences() {
            let trace = fixture.handDerived.forward(fixture.handDerivedOperands(golden))
            #expect(try firstDeviation(of: trace, fixture, golden) == nil)
        }
    }

    /// The first named value of the library, step by step and in the order of evaluation, that a reference contradicts.
    private func firstDeviation<Step: NamedStep>(
        of trace: HandDerivedTrace<Step>, _ fixture: some RecurrentFixture, _ golden: GoldenCase
    ) throws -> String? {
        let values = try tracing { try fixture.results(golden.realInputs, golden) }.values
        for (time, step) in trace.steps.enumerated() {
            for (name, path) in Step.values {
                let found = try #require(values.first { $0.name == name && $0.scope == ["t = \(time)"] })
                let reference = step[keyPath: path].flatMap { $0 }
                if blockError(found.tensor(as: Double.self).scalars, reference) > HandDerivedTests.mutantThreshold {
                    return name
                }
            }
        }
        return nil
    }
}
