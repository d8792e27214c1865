import Foundation
import TapestryAutograd
import TapestryOperations
import TapestryTestSupport
import Testing

/// What a golden file says is never overlooked: whatever the reader does not know is an error.
@Suite struct GoldenReaderTests {
    private static let x = #"{"name": "x", "shape": [2], "values": [1, 2]}"#
    private static let y = #"{"name": "y", "shape": [2], "values": [-1, -2]}"#

    private static func file(_ cases: String, _ more: String = "") -> String {
        #"{"format": "tapestry-goldens", "version": 1\#(more), "cases": [\#(cases)]}"#
    }

    private static func negation(_ more: String = "", inputs: String = x) -> String {
        #"{"name": "n", "operation": "negate", "inputs": [\#(inputs)], "outputs": [\#(y)]\#(more)}"#
    }

    private func cases(_ text: String) throws -> [GoldenCase] {
        try JSONDecoder().decode(GoldenFile.self, from: Data(text.utf8)).cases
    }

    @Test func aCaseWithoutOptionalKeysIsRead() throws {
        let golden = try #require(try cases(Self.file(Self.negation())).first)
        let operation = try #require(Operation<Double>.byName[golden.operation])
        #expect(try golden.deviations(operation.function) == [])
        #expect(try !golden.deviations { [try $0(0)] }.isEmpty, "the identity is no negation")
    }

    @Test(arguments: [
        file(""), file(negation(), #", "source": "elsewhere""#), file(negation(#", "dtype": "float32""#)),
        file(negation(inputs: #"{"name": "x", "shape": [2], "values": [1, 2], "dtype": "integer"}"#)),
        file(negation(inputs: #"{"name": "x", "shape": [3], "values": [1, 2]}"#)),
        file(negation(inputs: #"{"name": "x", "shape": [2], "values": [1, "two"]}"#)),
        file(negation(inputs: #"{"name": "x", "shape": [2], "values": [1, 2.5], "type": "integer"}"#)),
        file(negation(#", "cotangents": [\#(y)]"#)),
        file(negation(#", "comparison": "distribution""#)),
        file(negation(#", "comparison": "distribution", "tolerance": 1, "cotangents": [\#(y)], "gradients": [\#(x)]"#)),
        file(negation(#", "cotangents": [\#(x)], "gradients": [\#(x)]"#)),
        file(negation(#", "cotangents": [\#(y)], "gradients": [\#(x)], "secondOrder": {"hessian": []}"#)),
    ])
    func isRefused(_ text: String) {
        #expect(throws: (any Error).self) { try cases(text) }
    }

    /// One bad tensor is that of a case with a name, and the other cases are there.
    @Test func aBadCaseLeavesTheOthers() throws {
        let short = #"{"name": "a", "shape": [3], "values": [1, 2]}"#
        let bad = [Self.negation(inputs: short), Self.negation(inputs: #"{"name": 1}"#), "7"]
        let text = Self.file(([Self.negation()] + bad + [Self.negation()]).joined(separator: ", "))
        let entries = try JSONDecoder().decode(GoldenFile.self, from: Data(text.utf8)).entries
        #expect(entries.map { (try? $0.get()) != nil } == [true, false, false, false, true])
        let complaints = entries.compactMap { entry -> String? in
            guard case .failure(let error) = entry else { return nil }
            return error.description
        }
        #expect(complaints[0] == "case n: tensor a: 2 values for the shape [3]")
        #expect(complaints[1].hasPrefix("case n: ") && complaints[1].contains("inputs"))
        #expect(complaints[2].hasPrefix("case 3: "))
        #expect(throws: GoldenError.self) { try cases(text) }
    }

    /// The share of the draws up to each number, column by column, whatever the number of draws.
    @Test func distributionsAreCompared() throws {
        func complaints(_ sample: String, _ shape: String, tolerance: Double, _ draws: [[Double]]) throws -> [String] {
            let output = #"{"name": "d", "shape": \#(shape), "values": \#(sample)}"#
            let settings = #""comparison": "distribution", "tolerance": \#(tolerance)"#
            let text = #"{"name": "n", "operation": "normal", \#(settings), "inputs": [], "outputs": [\#(output)]}"#
            return try cases(Self.file(text))[0].deviations { _ in [Tensor(draws)] }
        }
        let draws: [[Double]] = [[3, 1], [1, 1], [2, 5], [4, 5]]
        #expect(try complaints("[1, 1, 2, 5, 3, 1, 4, 5]", "[4, 2]", tolerance: 0, draws) == [])
        #expect(try complaints("[1.5, 1, 2.5, 5]", "[2, 2]", tolerance: 0.5, draws) == [])
        #expect(try complaints("[1.5, 1, 2.5, 5]", "[2, 2]", tolerance: 0.49, draws).count == 1)
        #expect(try complaints("[3, 2]", "[1, 2]", tolerance: 0.49, draws).count == 1)
        #expect(try complaints("[1, 2, 3]", "[3]", tolerance: 1, draws).count == 1)
    }

    @Test func anAttributeThatNobodyAsksForIsAnError() throws {
        let golden = try #require(try cases(Self.file(Self.negation(#", "attributes": {"axis": 1}"#))).first)
        #expect(throws: GoldenError.self) { try golden.deviations(Operation<Double>.byName["negate"]!.function) }
    }
}
