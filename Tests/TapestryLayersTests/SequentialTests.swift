import Foundation
import TapestryAutograd
import TapestryLayers
import TapestryTestSupport
import Testing

@Suite struct SequentialTests {
    typealias Chain<Scalar: DifferentiableScalar> = LayerPair<
        LayerPair<LayerPair<Embedding<Scalar>, Linear<Scalar>>, Activation<Scalar>>, Linear<Scalar>
    >
    typealias Classifier<Scalar: DifferentiableScalar> = Sequential<Chain<Scalar>>

    /// The type is written out: the builder must keep it.
    private let classifier: Classifier<Double> = withRandomSeed(1) {
        Sequential {
            Embedding<Double>(vocabularySize: 6, size: 3)
            Linear<Double>(inputSize: 3, outputSize: 4)
            Activation<Double>(.tanh)
            Linear<Double>(inputSize: 4, outputSize: 2, bias: false)
        }
    }
    private let indices = Tensor<Int32>([5, 0, 2, 5])

    @Test("layers are applied one after the other")
    func values() {
        let layers = classifier.layers
        let hidden = tanh(layers.first.first.second(layers.first.first.first(indices)))
        #expect(classifier(indices) == layers.second(hidden))
    }

    @Test("gradients are those of the chain by hand")
    func gradients() {
        let found = gradient(at: classifier) { square($0(indices)).sum() }
        let layers = classifier.layers
        let rows = layers.first.first.first(indices)
        let hidden = tanh(layers.first.first.second(rows))
        // ∂y = 2 y, and back through y = h · V, h = tanh(x · W + b).
        let outputCotangent = layers.second(hidden) * 2
        let sumCotangent = matmul(outputCotangent, layers.second.weights.transposed()) * (1 - square(hidden))
        for (found, expected) in [
            (found.layers.second.weights, matmul(hidden.transposed(), outputCotangent)),
            (found.layers.first.first.second.weights, matmul(rows.transposed(), sumCotangent)),
            (found.layers.first.first.second.bias!, sumCotangent.sum(axes: [0])),
        ] {
            #expect(blockError(found.scalars, expected.scalars) < 1e-14)
        }
        let embedded = matmul(sumCotangent, layers.first.first.second.weights.transposed())
        let ofRows = found.layers.first.first.first.weights
        #expect(blockError(ofRows[5].scalars, (embedded[0] + embedded[3]).scalars) < 1e-14)
        #expect(ofRows[1].scalars == [0, 0, 0])
    }

    // MARK: One list of layers

    private let layer = withRandomSeed(2) { Linear<Double>(inputSize: 2, outputSize: 2) }

    private func paths(_ module: some Module) -> [String] { module.parameters.map(\.path) }

    @Test("paths count the layers, and a layer at the end leaves the names of the others")
    func paths() {
        #expect(
            paths(classifier) == ["layers.0.weights", "layers.1.weights", "layers.1.bias", "layers.3.weights"])
        let names = (0..<3).map { ["layers.\($0).weights", "layers.\($0).bias"] }
        #expect(paths(Sequential { layer }) == names[0])
        #expect(
            paths(
                Sequential {
                    layer
                    layer
                }) == names[0] + names[1])
        #expect(
            paths(
                Sequential {
                    layer
                    layer
                    layer
                }) == names[0] + names[1] + names[2])
    }

    @Test("pairs are one list whichever way they nest; a chain in a chain is a layer of its own")
    func nesting() {
        let x = Tensor<Double>.normal([4, 2])
        #expect(Sequential { layer }(x) == layer(x))

        let left = LayerPair(LayerPair(LayerPair(layer, layer), layer), layer)
        let right = LayerPair(layer, LayerPair(layer, LayerPair(layer, layer)))
        let balanced = LayerPair(LayerPair(layer, layer), LayerPair(layer, layer))
        #expect(paths(left) == (0..<4).flatMap { ["\($0).weights", "\($0).bias"] })
        #expect(paths(right) == paths(left) && paths(balanced) == paths(left))
        // One list means that a chain of one nesting is rebuilt in another.
        #expect(left.converted(to: type(of: right))(x) == left(x))
        #expect(right.converted(to: type(of: balanced))(x) == left(x))

        let nested = Sequential {
            Sequential { layer }
            Activation<Double>(.relu)
            Sequential {
                layer
                layer
            }
        }
        #expect(nested(x) == layer(layer(relu(layer(x)))))
        #expect(
            paths(nested) == [
                "layers.0.layers.0.weights", "layers.0.layers.0.bias", "layers.2.layers.0.weights",
                "layers.2.layers.0.bias", "layers.2.layers.1.weights", "layers.2.layers.1.bias",
            ])
        #expect(nested.zerosLike(x) == .zeros([4, 2]))
    }

    @Test("settings of layers survive the walk over a model")
    func settings() {
        let model = Sequential {
            Dropout<Double>(rate: 0.25)
            LayerNorm<Double>(featureCount: 3, epsilon: 0.5)
            Activation<Double>(.softplus)
        }.zerosLike
        #expect(model.layers.first.first.rate == 0.25)
        #expect(model.layers.first.second.epsilon == 0.5)
        #expect(model.layers.second.function == .softplus)
    }

    @Test("Double to Float gives every layer its parameters, and back again")
    func conversion() {
        let single = classifier.converted(to: Classifier<Float>.self)
        for (single, exact) in zip(single.parameters, classifier.parameters) {
            #expect(single.path == exact.path)
            #expect(single.tensor(as: Float.self).scalars == exact.tensor(as: Double.self).scalars.map(Float.init))
        }
        #expect(blockError(single(indices).scalars.map(Double.init), classifier(indices).scalars) < 1e-6)
        let exact = single.converted(to: Classifier<Double>.self)
        #expect(exact(indices).converted(to: Float.self).isClose(to: single(indices), absoluteTolerance: 1e-6))
    }

    // MARK: JSON

    private struct Written: Decodable { var layers: [Entry] }
    private struct Entry: Decodable {
        var weights: Tensor<Double>?
        var function: String?
    }

    @Test("a chain survives being written and read, as one list")
    func coding() throws {
        let data = try JSONEncoder().encode(classifier)
        #expect(try JSONDecoder().decode(Classifier<Double>.self, from: data)(indices) == classifier(indices))
        let written = try JSONDecoder().decode(Written.self, from: data).layers
        #expect(written.map { $0.weights?.shape } == [[6, 3], [3, 4], nil, [4, 2]])
        #expect(written.map(\.function) == [nil, nil, "tanh", nil])

        let pairs = try JSONEncoder().encode(classifier.layers)
        #expect(try JSONDecoder().decode(Chain<Double>.self, from: pairs)(indices) == classifier(indices))
        let single = try JSONEncoder().encode(Sequential { layer })
        #expect(try JSONDecoder().decode(Sequential<Linear<Double>>.self, from: single).layers.weights == layer.weights)
    }

    @Test("a list that is longer or shorter than the chain is not read")
    func wrongLength() throws {
        typealias Two = Sequential<LayerPair<Linear<Double>, Linear<Double>>>
        let one = Sequential { layer }
        let three = Sequential {
            layer
            layer
            layer
        }
        let short = try JSONEncoder().encode(one)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Two.self, from: short) }
        let long = try JSONEncoder().encode(three)
        let error = #expect(throws: DecodingError.self) { try JSONDecoder().decode(Two.self, from: long) }
        #expect("\(error!)".contains("the list goes on after the 2 layers of the chain"))
    }
}
