import Foundation
import TapestryAutograd
import TapestryLayers
import TapestryOptimizers
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// A whole model around a recurrent layer, as a struct of its parts.
struct CharacterModel<Scalar: DifferentiableScalar>: Module {
    var embedding: Embedding<Scalar>
    var lstm: LSTM<Scalar>
    var norm: LayerNorm<Scalar>
    var output: Linear<Scalar>

    init(vocabularySize: Int = 5, hiddenSize: Int = 4, layers: Int = 2) {
        embedding = Embedding(vocabularySize: vocabularySize, size: 3)
        lstm = LSTM(inputSize: 3, hiddenSize: hiddenSize, layers: layers)
        norm = LayerNorm(featureCount: hiddenSize)
        output = Linear(inputSize: hiddenSize, outputSize: vocabularySize)
    }

    /// `[time, batch]` characters to `[time, batch, vocabulary]` logits.
    func callAsFunction(_ characters: Tensor<Int32>) -> Tensor<Scalar> {
        output(norm(lstm(embedding(characters)).outputs))
    }

    func loss(_ characters: Tensor<Int32>) -> Tensor<Scalar> {
        let steps = characters.shape[0] - 1
        return crossEntropy(self(characters.slice(axis: 0, 0..<steps)), characters.slice(axis: 0, 1..<(steps + 1)))
    }
}

@Suite struct RecurrentModelTests {
    private let model = withRandomSeed(1) { CharacterModel<Float>() }
    private let characters = Tensor<Int32>(shape: [4, 2], scalars: [0, 1, 2, 3, 4, 0, 2, 1])

    private func bits(_ model: some Module) -> [[UInt64]] {
        model.parameters.map { $0.tensor(as: Double.self).scalars.map(\.bitPattern) }
    }

    @Test("every parameter has the path of its properties")
    func paths() {
        #expect(
            model.parameters.map(\.path) == [
                "embedding.weights",
                "lstm.layers.0.cell.input.weights", "lstm.layers.0.cell.input.bias",
                "lstm.layers.0.cell.recurrent.weights",
                "lstm.layers.1.cell.input.weights", "lstm.layers.1.cell.input.bias",
                "lstm.layers.1.cell.recurrent.weights",
                "norm.gain", "norm.bias", "output.weights", "output.bias",
            ])
        #expect(GRU<Float>(inputSize: 2, hiddenSize: 3).parameters.last?.path == "layers.0.cell.candidateBias")
    }

    @Test("the number of parameters is that of the formulas")
    func counts() {
        let lstm = 4 * 4 * (3 + 4 + 1) + 4 * 4 * (4 + 4 + 1)
        #expect(model.parameterCount == 5 * 3 + lstm + 2 * 4 + 4 * 5 + 5)
        #expect(GRU<Float>(inputSize: 3, hiddenSize: 4).parameterCount == 3 * 4 * (3 + 4 + 1) + 4)
        #expect(RNN<Float>(inputSize: 3, hiddenSize: 4).parameterCount == 4 * (3 + 4 + 1))
    }

    @Test("Float to Double and back gives the same bits")
    func conversion() {
        let exact = model.converted(to: CharacterModel<Double>.self)
        #expect(bits(exact) == bits(model))
        #expect(bits(exact.converted(to: CharacterModel<Float>.self)) == bits(model))
        #expect(abs(exact.loss(characters).scalar - Double(model.loss(characters).scalar)) < 1e-6)
    }

    @Test("every kind of cell converts, with its settings", arguments: recurrentFixtures)
    func conversionOfCells(_ fixture: any RecurrentFixture) {
        switch fixture {
        case let fixture as GRUFixture:
            let cell = fixture.makeCell(inputSize: 2, hiddenSize: 3).converted(to: GRUCell<Float>.self)
            #expect(cell.reset.rawValue == fixture.reset.rawValue)
        case let fixture as RNNFixture:
            let cell = fixture.makeCell(inputSize: 2, hiddenSize: 3).converted(to: RNNCell<Float>.self)
            #expect(cell.activation == fixture.activation)
        default:
            let layers = LSTM<Double>(inputSize: 2, hiddenSize: 3, batchFirst: true).converted(to: LSTM<Float>.self)
            #expect(layers.layers[0].batchFirst)
        }
    }

    @Test("the gradient of the whole model agrees with central differences, block by block")
    func gradientOfModel() {
        let exact = model.converted(to: CharacterModel<Double>.self)
        let found = gradient(at: exact) { $0.loss(characters) }
        let blocks = exact.parameters.map { $0.tensor(as: Double.self) }
        let slopes = differenceGradient(at: blocks) { moved in
            var remaining = moved.makeIterator()
            return exact.mapLeaves { _ in remaining.next()!.value }.loss(characters).scalar
        }
        for (index, parameter) in found.parameters.enumerated() {
            #expect(blockError(parameter.tensor(as: Double.self).scalars, slopes[index]) < 1e-7, "\(parameter.path)")
        }
    }

    @Test("frozen parameters keep their bits, have no gradient, and all others move")
    func freezing() {
        let patterns: [ParameterPattern] = ["lstm.layers.0.*", "*.bias"]
        var trained = model
        var optimizer = AdamW(for: model, learningRate: 0.01)
        for _ in 0..<3 {
            let gradient = gradient(at: trained, freezing: patterns) { $0.loss(characters) }
            for parameter in gradient.parameters where patterns.contains(where: { $0.matches(parameter.path) }) {
                #expect(parameter.tensor(as: Float.self).scalars.allSatisfy { $0 == 0 }, "\(parameter.path)")
            }
            optimizer.update(&trained, along: gradient, freezing: patterns)
        }
        for (index, parameter) in trained.parameters.enumerated() {
            let isFrozen = patterns.contains { $0.matches(parameter.path) }
            #expect((bits(trained)[index] == bits(model)[index]) == isFrozen, "\(parameter.path)")
        }
        #expect(patterns.allSatisfy { pattern in model.parameters.contains { pattern.matches($0.path) } })
    }

    @Test("the gradients of what is not frozen do not change by freezing")
    func gradientBesideFrozen() {
        let all = gradient(at: model) { $0.loss(characters) }
        let some = gradient(at: model, freezing: ["lstm.*"]) { $0.loss(characters) }
        for (index, parameter) in some.parameters.enumerated() {
            #expect((bits(some)[index] == bits(all)[index]) != parameter.path.hasPrefix("lstm."), "\(parameter.path)")
        }
    }

    // MARK: Tied weights

    /// Two recurrent layers that are one.
    struct TiedLayers: Module {
        var first, second: Tied<RNNCell<Double>>

        init() {
            first = Tied(RNNCell(inputSize: 3, hiddenSize: 3))
            second = first
        }

        func loss(_ x: Tensor<Double>) -> Tensor<Double> {
            square(Recurrent(second.wrapped)(Recurrent(first.wrapped)(x).outputs).outputs).sum()
        }
    }

    @Test("tied parameters have the sum of both cotangents, and stay tied")
    func tied() {
        var model = withRandomSeed(2) { TiedLayers() }
        let x = Tensor<Double>.normal([3, 2, 3], using: RandomSource(seed: 3))
        #expect(model.parameters.map(\.path).allSatisfy { $0.hasPrefix("first.") })
        #expect(model.parameterCount == 3 * (3 + 3 + 1))

        let cell = model.first.wrapped
        let apart = gradient(at: [cell, cell]) { cells in
            square(Recurrent(cells[1])(Recurrent(cells[0])(x).outputs).outputs).sum()
        }
        let tied = gradient(at: model) { $0.loss(x) }
        for name in cell.blockNames {
            let sum = apart[0][block: name] + apart[1][block: name]
            #expect(blockError(tied.first.wrapped[block: name].scalars, sum.scalars) < 1e-14, "\(name)")
        }

        var optimizer = SGD(for: model, learningRate: 0.1, momentum: 0.9)
        for _ in 0..<3 {
            optimizer.update(&model, along: gradient(at: model) { $0.loss(x) })
            for name in cell.blockNames {
                #expect(model.first.wrapped[block: name] == model.second.wrapped[block: name])
                #expect(model.first.wrapped[block: name] != cell[block: name])
            }
        }
        #expect(model.parameterCount == 3 * (3 + 3 + 1))
    }

    // MARK: Gates

    @Test("one gate's parameters are written by name, and leave the others alone")
    func writingOneGate() {
        var cell = model.lstm.layers[0].cell
        let before = cell
        cell.input.bias![.forget] = .ones([4])
        cell.recurrent.weights[.output] = .zeros([4, 4])
        for gate in LSTMGate.allCases {
            #expect(cell.input.weights[gate] == before.input.weights[gate])
            #expect((cell.input.bias![gate] == before.input.bias![gate]) == (gate != .forget))
            #expect((cell.recurrent.weights[gate] == before.recurrent.weights[gate]) == (gate != .output))
        }
        #expect(cell.input.bias![.forget].scalars == [1, 1, 1, 1])
        #expect(before.input.bias!.packed == model.lstm.layers[0].cell.input.bias!.packed, "a copy is not changed")
    }

    @Test("packed blocks are written and read as one tensor, which must divide among the gates")
    func codingOfGates() throws {
        let z = Gated<LSTMGate, Double>(packed: Tensor([[0, 1, 2, 3, 4, 5, 6, 7]]))
        let read = try JSONDecoder().decode(Gated<LSTMGate, Double>.self, from: JSONEncoder().encode(z))
        #expect(read.packed == z.packed)
        for wrong in [Tensor<Double>([1, 2, 3, 4, 5, 6]), Tensor(1)] {
            let data = try JSONEncoder().encode(wrong)
            let error = #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(Gated<LSTMGate, Double>.self, from: data)
            }
            #expect("\(error!)".contains("\(wrong.shape) does not divide into the 4 gates of LSTMGate"))
        }
    }

    @Test("the blocks lie in the order of the gates")
    func orderOfGates() {
        let z = Gated<LSTMGate, Double>(packed: Tensor([[0, 1, 2, 3, 4, 5, 6, 7]]))
        #expect(LSTMGate.allCases.map { z[$0].scalars } == [[0, 1], [2, 3], [4, 5], [6, 7]])
        #expect(z.unitCount == 2)
    }

    @Test("parameters start in ±1/√hidden, different for every gate, or by an initialiser for each gate's matrix")
    func initialParameters() {
        let cell = LSTMCell<Double>(inputSize: 30, hiddenSize: 25)
        for parameter in cell.parameters {
            let scalars = parameter.tensor(as: Double.self).scalars
            #expect(scalars.allSatisfy { abs($0) <= 0.2 })
            #expect(scalars.map(abs).max()! > 0.19)
        }
        #expect(cell.input.weights[.forget] != cell.input.weights[.input])
        #expect(cell.input.bias![.forget] != cell.input.bias![.input])

        let projection = GateProjection<GRUGate, Double>(6, 6, bias: false, initializer: .orthogonal)
        for gate in GRUGate.allCases {
            let block = projection.weights[gate]
            #expect(matmul(block, block.transposed()).isClose(to: .identity(6), absoluteTolerance: 1e-14))
        }
        #expect(projection.bias == nil)
    }
}
