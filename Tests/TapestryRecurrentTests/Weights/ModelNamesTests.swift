import TapestryAutograd
import TapestryFiles
import TapestryLayers
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// The names that parts of a model have in other frameworks, and what is said of others.
@Suite struct ModelNamesTests {
    private struct Model: Module {
        @Buffer var positions = Tensor<Int32>([0, 1, 2])
        @Buffer var isKnown = Tensor<Bool>([true, false])
        var encoder = Recurrent(LSTMCell<Float>(inputSize: 2, hiddenSize: 3))
        var head = Sequential {
            Linear<Float>(inputSize: 3, outputSize: 2)
            Activation<Float>(.tanh)
            Linear<Float>(inputSize: 2, outputSize: 1)
        }
    }

    private static func names(_ layout: WeightLayout, _ names: [String: String]) -> Set<String> {
        Set(Model().arrays(for: layout, as: Float.self, names: names).keys)
    }

    @Test func layersOfASequentialAreCounted() {
        let pyTorch: Set = ["encoder.bias_hh_l0", "encoder.bias_ih_l0", "encoder.weight_hh_l0", "encoder.weight_ih_l0"]
        let head: Set = ["first.weight", "first.bias", "head.2.weight", "head.2.bias"]
        #expect(Self.names(.pyTorch, ["head.0": "first"]) == pyTorch.union(head))
        #expect(Self.names(.pyTorch, ["head.layers.0": "first"]) == pyTorch.union(head))
        let dense = Self.names(.keras, ["head.0": "dense", "head.2": "dense_1"])
        #expect(dense.contains("dense/kernel") && dense.contains("dense_1/bias"))
    }

    /// Flax's compact modules have the cell beside the layer.
    @Test func aNameInsideOfAPartTakesItToPieces() throws {
        let names = ["encoder.cell": "LSTMCell_0", "head.0": "Dense_0", "head.2": "Dense_1"]
        let flax = Self.names(.flax, names)
        #expect(flax.contains("LSTMCell_0/ii/kernel") && flax.contains("Dense_1/kernel"))
        #expect(!flax.contains { $0.hasPrefix("encoder") })
        #expect(Self.names(.pyTorch, ["head.2.bias": "last"]).contains("last"))
        let source = Model()
        var target = Model()
        try target.load(source.arrays(for: .flax, as: Float.self, names: names), from: .flax, names: names)
        #expect(target.encoder.cell.recurrent.weights.packed == source.encoder.cell.recurrent.weights.packed)
    }

    /// Dropout between layers leaves the numbers as they are.
    @Test func bidirectionalLayersWithDropoutBetweenThem() throws {
        func both(_ size: Int) -> Bidirectional<Recurrent<LSTMCell<Float>>, Recurrent<LSTMCell<Float>>> {
            Bidirectional(LSTMCell(inputSize: size, hiddenSize: 2), LSTMCell(inputSize: size, hiddenSize: 2))
        }
        let source = RecurrentSequential {
            both(3)
            TimeDistributed(Dropout<Float>(rate: 0.2))
            both(4)
        }
        let arrays = source.arrays(for: .pyTorch)
        #expect(arrays.count == 16 && arrays["weight_ih_l1_reverse"]?.shape == [8, 4])
        var target = RecurrentSequential {
            both(3)
            TimeDistributed(Dropout<Float>(rate: 0.5))
            both(4)
        }
        try target.load(arrays, from: .pyTorch)
        let x = Tensor<Float>.ones([2, 1, 3])
        #expect(target(x).outputs == source(x).outputs)
    }

    @Test func buffersOfOtherTypesAreInFiles() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/model.safetensors"
            var model = Model()
            (model.positions, model.isKnown) = (Tensor([5, 6, 7]), Tensor([false, true]))
            try model.save(to: path, layout: .pyTorch)
            let arrays = try Safetensors(contentsOf: path).arrays
            #expect(arrays["positions"]?.elementType == .int32 && arrays["isKnown"]?.elementType == .bool)
            var loaded = Model()
            try loaded.load(from: path, layout: .pyTorch)
            #expect(loaded.positions == Tensor([5, 6, 7]) && loaded.isKnown == Tensor([false, true]))
            #expect(loaded.arrays(for: .pyTorch, as: Float.self).count == 8)
        }
    }

    // MARK: Messages

    private static func message(_ arrays: [String: Tensor<Float>], prefix: String = "") throws -> String {
        var model = Model()
        let error = #expect(throws: WeightConversionError.self) {
            try model.load(arrays, from: .pyTorch, prefix: prefix)
        }
        return try #require(error).description
    }

    @Test func aForgottenPrefixIsFound() throws {
        let arrays = Model().arrays(for: .pyTorch, as: Float.self, prefix: "net.")
        let names = "net.encoder.bias_hh_l0, net.encoder.bias_ih_l0, net.encoder.weight_hh_l0 and 5 more"
        let expected = "encoder.bias_hh_l0, encoder.bias_ih_l0, encoder.weight_hh_l0 and 5 more"
        let message = "weights from PyTorch: no name is expected: names are \(names), and not "
        #expect(try Self.message(arrays) == message + expected + #"; with from: .pyTorch, prefix: "net." they fit"#)
        let own = "netencoder.bias_hh_l0, netencoder.bias_ih_l0, netencoder.weight_hh_l0 and 5 more"
        #expect(
            try Self.message(arrays, prefix: "net") == message + own
                + #"; with from: .pyTorch, prefix: "net." they fit"#)
        let other = try Self.message(["a": Tensor(1), "b": Tensor(2)])
        #expect(other == "weights from PyTorch: no name is expected: names are a, b, and not " + expected)
    }

    /// A prefix fits if the shapes do, also where another one was given.
    @Test func prefixesFitByShapes() throws {
        var linear = Linear<Float>(inputSize: 4, outputSize: 6)
        let arrays: [String: Tensor<Float>] = [
            "bn.weight": .zeros([6]), "bn.bias": .zeros([6]), "fc.weight": .zeros([6, 4]), "fc.bias": .zeros([6]),
        ]
        for prefix in ["", "fc", "model."] {
            let error = #expect(throws: WeightConversionError.self) {
                try linear.load(arrays, from: .pyTorch, prefix: prefix)
            }
            #expect(
                error?.description.hasSuffix(#"; with from: .pyTorch, prefix: "fc." they fit"#) == true,
                "\(prefix): \(error!)")
        }
        try linear.load(arrays, from: .pyTorch, prefix: "fc.")
    }

    @Test func eachKindOfProblemIsShown() throws {
        var arrays = Model().arrays(for: .pyTorch, as: Float.self)
        for name in arrays.keys where name.hasPrefix("encoder") {
            arrays["r" + name] = arrays.removeValue(forKey: name)
        }
        arrays["head.2.bias"] = .zeros([3])
        #expect(
            try Self.message(arrays)
                == "weights from PyTorch: encoder.bias_hh_l0 [12] is missing; encoder.bias_ih_l0 [12] is missing; "
                + "head.2.bias has shape [3], and not [1]; rencoder.bias_hh_l0 [12] is not expected; "
                + "rencoder.bias_ih_l0 [12] is not expected; 4 more; with from: .pyTorch, "
                + #"names: ["encoder": "rencoder"] their names fit"#)
    }
}
