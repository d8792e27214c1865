import Foundation
import TapestryAutograd
import TapestryLayers
import TapestryOptimizers
import TapestryRecurrent
import TapestryHandDerivedCells
import TapestryTestSupport
import Testing

/// A cell as a user writes it, under drivers and optimisers that do not know it.
@Suite struct UserCellTests {
    struct LastStepClassifier<Scalar: DifferentiableScalar>: Module {
        var recurrent: Recurrent<LeakyCell<Scalar>>
        var output: Linear<Scalar>

        init() {
            recurrent = Recurrent(LeakyCell(inputSize: 2, hiddenSize: 8))
            output = Linear(inputSize: 8, outputSize: 2)
        }

        func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> { output(recurrent(x).outputs[-1]) }
    }

    @Test("it is the example in the documentation of RecurrentCell")
    func documentation() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        func lines(_ path: String) throws -> [Substring] {
            try String(contentsOf: folder.appending(path: path), encoding: .utf8)
                .split(separator: "\n", omittingEmptySubsequences: false)
        }
        let documentation = try lines("../../Sources/TapestryRecurrent/RecurrentCell.swift").filter {
            $0.hasPrefix("///")
        }.map { $0.dropFirst(3).drop { $0 == " " } }
        let example = documentation.split { $0.hasPrefix("```") }.dropFirst().first
        let code = try lines("LeakyCell.swift").map { $0.drop { $0 == " " } }
        #expect(Array(try #require(example)) == Array(code.drop { !$0.hasPrefix("enum") }.dropLast()))
    }

    @Test("its values are those of its equations in scalar arithmetic")
    func values() {
        let cell = withRandomSeed(1) { LeakyCell<Double>(inputSize: 2, hiddenSize: 3) }
        let inputs = Tensor<Double>.normal([4, 1, 2], using: RandomSource(seed: 2))
        let outputs: ScalarSequence = Recurrent(cell)(inputs).outputs.nestedArray()
        let weights: ScalarMatrix = cell.input.weights.packed.nestedArray()
        let recurrent: ScalarMatrix = cell.recurrent.weights.packed.nestedArray()
        let bias = cell.input.bias!.packed.scalars
        var h: ScalarMatrix = [[0, 0, 0]]
        for (t, x) in inputs.nestedArray(as: ScalarSequence.self).enumerated() {
            let z = x.times(weights, plus: bias).adding(h.times(recurrent))[0]
            h[0] = (0..<3).map { unit in
                let leak = HandDerivedActivation.sigmoid.value(z[unit])
                return leak * h[0][unit] + (1 - leak) * HandDerivedActivation.tanh.value(z[3 + unit])
            }
            #expect(blockError(outputs[t][0], h[0]) < 1e-14, "step \(t)")
        }
    }

    @Test("it learns which of two channels was positive first")
    func training() {
        withRandomSeed(4) {
            var model = LastStepClassifier<Float>()
            var optimizer = Adam(for: model, learningRate: 0.03)
            // Two channels of noise, one of which starts with a pulse: the class must be carried over six steps.
            let batch = 32
            let classes = Tensor<Int32>(RandomSource.current.integers(below: 2, count: batch).map { Int32($0) })
            var inputs: [[[Float]]] = (0.1 * Tensor<Float>.normal([6, batch, 2])).nestedArray()
            for (row, label) in classes.scalars.enumerated() { inputs[0][row][Int(label)] += 1 }
            let sequences = Tensor<Float>(inputs)

            var losses: [Float] = []
            for _ in 0..<60 {
                let (loss, gradient) = valueAndGradient(at: model) { crossEntropy($0(sequences), classes) }
                optimizer.update(&model, along: gradient)
                losses.append(loss.scalar)
            }
            #expect(losses[0] > 0.5)
            #expect(losses.last! < 0.05, "\(losses)")
        }
    }

    @Test("its parameters have names, gates and a tree of their own")
    func parameters() {
        let model = LastStepClassifier<Float>()
        #expect(
            model.parameters.map(\.path) == [
                "recurrent.cell.input.weights", "recurrent.cell.input.bias", "recurrent.cell.recurrent.weights",
                "output.weights", "output.bias",
            ])
        #expect(model.parameters.map(\.shape) == [[2, 16], [16], [8, 16], [8, 2], [2]])
        #expect(model.recurrent.cell.input.weights[.candidate].shape == [2, 8])
    }
}

/// Names on values and steps in a tape's printout.
@Suite struct RecurrentNamingTests {
    @Test("steps, layers and gates appear in the printout of a full tape")
    func printout() {
        let tape = Tape(recording: .full)
        let lstm = tape.watch(LSTM<Double>(inputSize: 2, hiddenSize: 3, layers: 2))
        _ = lstm(.ones([2, 1, 2]))
        let lines = tape.description.split(separator: "\n")
        for layer in 0..<2 {
            for step in 0..<2 {
                let inStep = lines.filter { $0.hasSuffix("in layer \(layer) / t = \(step)") }
                for (name, primitive) in [
                    ("forget", "sigmoid"), ("input", "sigmoid"), ("candidate", "tanh"), ("cell", "add"),
                    ("output", "sigmoid"), ("hidden", "multiply"),
                ] {
                    let named = inStep.filter { $0.contains("\"\(name)\"") }
                    #expect(named.count == 1, "\(name) in layer \(layer), step \(step)")
                    #expect(named.first?.contains("= \(primitive)(") == true, "\(named)")
                    #expect(named.first?.contains("[1, 3]") == true, "\(named)")
                }
            }
        }
    }

    @Test("names and scopes do not change values or gradients")
    func tracingChangesNothing() {
        let gru = withRandomSeed(6) { GRU<Double>(inputSize: 2, hiddenSize: 3) }
        let x = Tensor<Double>.normal([3, 2, 2], using: RandomSource(seed: 7))
        let plain = valueAndGradient(at: gru) { square($0(x).outputs).sum() }
        let traced = tracing { valueAndGradient(at: gru) { square($0(x).outputs).sum() } }.result
        #expect(traced.value == plain.value)
        #expect(
            zip(traced.gradient.parameters, plain.gradient.parameters).allSatisfy {
                $0.tensor(as: Double.self) == $1.tensor(as: Double.self)
            })
    }
}
