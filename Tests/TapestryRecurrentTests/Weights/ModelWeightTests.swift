import Foundation
import TapestryAutograd
import TapestryFiles
import TapestryLayers
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// Whole models to other frameworks and back.
@Suite struct ModelWeightTests {
    /// The model that `Goldens/generate_models.py` builds in each framework.
    private struct Tagger: Module {
        var embedding = Embedding<Double>(vocabularySize: 7, size: 4)
        var encoder = Bidirectional(
            LSTMCell<Double>(inputSize: 4, hiddenSize: 3), LSTMCell<Double>(inputSize: 4, hiddenSize: 3),
            batchFirst: true)
        var norm = LayerNorm<Double>(featureCount: 6)
        var attention = MultiHeadAttention<Double>(size: 6, heads: 2)
        var head = Sequential {
            Linear<Double>(inputSize: 6, outputSize: 5)
            Activation<Double>(.tanh)
            Linear<Double>(inputSize: 5, outputSize: 2)
        }

        func callAsFunction(_ tokens: Tensor<Int32>) -> Tensor<Double> {
            head(attention(norm(encoder(embedding(tokens)).outputs)))
        }
    }

    private static func path(_ framework: String) -> String {
        GoldenFile.folder.appending(path: "models/\(framework).safetensors").path
    }

    /// The file has other arrays beside the model's, so the prefix is needed; and what is loaded is given back. Keras has
    /// a factor of its attention in single precision: its outputs are 3 · 10⁻⁹ from those of NumPy's doubles.
    @Test(arguments: [
        ("pytorch", WeightLayout.pyTorch, "model.", [:]),
        ("keras", .keras, "model/", ["head.layers.0": "head/dense", "head.layers.2": "head/dense_1"]),
        ("flax", .flax, "model/", [:]),
    ])
    func modelsOfOtherFrameworks(
        framework: String, layout: WeightLayout, prefix: String, names: [String: String]
    ) throws {
        let path = Self.path(framework)
        let file = try Safetensors(contentsOf: path)
        var tagger = Tagger()
        try tagger.load(from: path, layout: layout, prefix: prefix, names: names)
        let outputs = tagger(try file["tokens"].tensor())
        let error = blockError(outputs.scalars, try file["outputs"].tensor().scalars, floor: 1)
        #expect(error < (layout == .keras ? 1e-8 : 1e-14))

        // The sum of PyTorch's two biases comes back as one of them, so what is written is read by its sense.
        try withTemporaryDirectory { directory in
            let copy = directory + "/copy.safetensors"
            try tagger.save(to: copy, layout: layout, prefix: prefix, names: names, metadata: ["by": "us"])
            let written = try Safetensors(contentsOf: copy).arrays
            let given = file.arrays.filter { $0.key.hasPrefix(prefix) }
            #expect(written.mapValues(\.shape) == given.mapValues(\.shape))
            #expect(written.mapValues(\.elementType) == given.mapValues(\.elementType))
            for (name, array) in given where !name.contains(".bias_") { #expect(written[name] == array, "\(name)") }
            var again = Tagger()
            let report = try again.load(from: copy, layout: layout, prefix: prefix, names: names)
            #expect(report.metadata == ["by": "us"] && "\(report)" == "complete")
            #expect(again(try file["tokens"].tensor()) == outputs)
        }
    }

    /// Two sides over one embedding, as `Goldens/generate_models.py` builds them.
    private struct Twins: Module {
        struct Side: Module {
            var embedding: Tied<Embedding<Double>>
            var head = Linear<Double>(inputSize: 4, outputSize: 3)

            func callAsFunction(_ tokens: Tensor<Int32>) -> Tensor<Double> { head(embedding.wrapped(tokens)) }
        }

        var left, right: Side

        init() {
            let embedding = Tied(Embedding<Double>(vocabularySize: 7, size: 4))
            (left, right) = (Side(embedding: embedding), Side(embedding: embedding))
        }

        func callAsFunction(_ tokens: Tensor<Int32>) -> Tensor<Double> { left(tokens) + tanh(right(tokens)) }
    }

    /// Each framework has the embedding once: two of them at its first place, Flax under a name of its own.
    @Test(arguments: [
        ("pytorch", WeightLayout.pyTorch, "model.", [:]), ("keras", .keras, "model/", [:]),
        ("flax", .flax, "model/", ["left.embedding": "embedding", "right.embedding": "embedding"]),
    ])
    func tiedPartsOfOtherFrameworks(
        framework: String, layout: WeightLayout, prefix: String, names: [String: String]
    ) throws {
        let path = Self.path("\(framework)-twins")
        let file = try Safetensors(contentsOf: path)
        var twins = Twins()
        try twins.load(from: path, layout: layout, prefix: prefix, names: names)
        let outputs = twins(try file["tokens"].tensor())
        #expect(blockError(outputs.scalars, try file["outputs"].tensor().scalars, floor: 1) < 1e-14)
        let written = twins.arrays(for: layout, as: Double.self, prefix: prefix, names: names)
        let given = file.arrays.keys.filter { $0.hasPrefix(prefix) }
        let doubled = layout == .pyTorch ? ["model.right.embedding.weight"] : []
        #expect(Set(written.keys) == Set(given + doubled))
    }

    /// A language model whose outputs are products with its embedding, as `Goldens/generate_models.py` builds it: there the last
    /// layer shares the matrix, of which `save_model` keeps the name `decoder.weight` and maps `embedding.weight` to it.
    private struct LanguageModel: Module {
        struct Decoder: Module { var bias = Tensor<Double>.zeros([7]) }

        var embedding = Embedding<Double>(vocabularySize: 7, size: 4)
        var encoder = LSTM<Double>(inputSize: 4, hiddenSize: 4, batchFirst: true)
        var decoder = Decoder()

        func callAsFunction(_ tokens: Tensor<Int32>) -> Tensor<Double> {
            matmul(encoder(embedding(tokens)).outputs, embedding.weights.transposed()) + decoder.bias
        }
    }

    @Test func namesThatPyTorchLeavesOut() throws {
        let path = Self.path("pytorch-language-model")
        let file = try Safetensors(contentsOf: path)
        #expect(file.metadata == ["model.embedding.weight": "model.decoder.weight"])
        var model = LanguageModel()
        let report = try model.load(from: path, layout: .pyTorch, prefix: "model.")
        #expect(report.metadata == file.metadata && report.copies.isEmpty && "\(report)" == "complete")
        let outputs = model(try file["tokens"].tensor())
        #expect(blockError(outputs.scalars, try file["outputs"].tensor().scalars, floor: 1) < 1e-14)
        // Names that are given count as before, and a model that has both layers gets both.
        var named = LanguageModel()
        try named.load(from: path, layout: .pyTorch, prefix: "model.", names: ["embedding": "decoder"])
        #expect(named.storedArrays() == model.storedArrays())
        struct Both: Module {
            var embedding = Embedding<Double>(vocabularySize: 7, size: 4)
            var encoder = LSTM<Double>(inputSize: 4, hiddenSize: 4, batchFirst: true)
            var decoder = Linear<Double>(inputSize: 4, outputSize: 7)
        }
        var both = Both()
        let ofBoth = try both.load(from: path, layout: .pyTorch, prefix: "model.")
        #expect(ofBoth.copies == [["model.decoder.weight", "model.embedding.weight"]])
        #expect(
            "\(ofBoth)"
                == "complete; model.decoder.weight and model.embedding.weight are one in the file and 2 here, which "
                + "part in training unless Tied")
        #expect(both.embedding.weights == model.embedding.weights)
        #expect(both.decoder.weights == model.embedding.weights.transposed())
    }

    /// What is tied here as well is no copy, and counts once among others.
    @Test func copiesOfWhatIsOneInAFile() throws {
        struct Shared: Module {
            var inner: Tied<Linear<Float>>
            var table = Tied(Embedding<Float>(vocabularySize: 2, size: 1))
        }
        struct Model: Module {
            var a, b: Tied<Shared>
            var c = Linear<Float>(inputSize: 1, outputSize: 2)
            var d: Tied<Linear<Float>>
            init() {
                d = Tied(Linear(inputSize: 1, outputSize: 2))
                a = Tied(Shared(inner: d))
                b = a
            }
        }
        func copies(_ absent: [String: String]) throws -> [[String]] {
            var copies: [[String]] = []
            try withTemporaryDirectory { directory in
                let path = directory + "/model.safetensors"
                var arrays: [String: StoredArray] = [:]
                for (name, array) in Model().arrays(for: .pyTorch, as: Float.self) where absent[name] == nil {
                    arrays[name] = StoredArray(Tensor<Float>.ones(array.shape))
                }
                try Safetensors(arrays, metadata: absent).write(to: path)
                var model = Model()
                copies = try model.load(from: path, layout: .pyTorch).copies
            }
            return copies
        }
        let tied = [
            "a.inner.weight": "d.weight", "b.inner.weight": "d.weight", "a.inner.bias": "d.bias",
            "b.inner.bias": "d.bias",
            "b.table.weight": "a.table.weight",
        ]
        #expect(try copies(tied) == [])
        #expect(try copies(["c.bias": "d.bias"]) == [["c.bias", "d.bias"]])
        let several = tied.merging(["c.weight": "d.weight"]) { $1 }
        #expect(try copies(several) == [["a.inner.weight", "c.weight"]])
        let all = tied.merging(["c.weight": "d.weight", "a.table.weight": "d.weight", "b.table.weight": "d.weight"]) {
            $1
        }
        #expect(try copies(all) == [["a.inner.weight", "a.table.weight", "c.weight"]])
    }

    private struct Pair: Module {
        var a = Tensor<Float>([1, 2])
        var b = Tensor<Float>([3, 4])
    }

    /// What metadata map to each other counts for arrays that are missing, if it fits, and for nothing else.
    @Test(
        arguments: [
            (["a", "b"], ["format": "pt", "a": "b", "b": "b"], .pyTorch, []),
            (["c", "b"], ["a": "c", "c": "a", "b": "a"], .pyTorch, []),
            (
                ["c", "b"], ["a": "a"], .pyTorch,
                [.missing("a", shape: [2]), .unexpected("c", shape: [2], type: "float32")]
            ),
            (
                ["c", "b"], ["a": "d", "d": "c"], .pyTorch,
                [.missing("a", shape: [2]), .unexpected("c", shape: [2], type: "float32")]
            ),
            (
                ["s", "b"], ["a": "s", "s": "a"], .pyTorch,
                [.missing("a", shape: [2]), .unexpected("s", shape: [1], type: "float32")]
            ),
            (
                ["c", "b"], ["a": "c"], .keras,
                [.missing("a", shape: [2]), .unexpected("c", shape: [2], type: "float32")]
            ),
        ] as [([String], [String: String], WeightLayout, [WeightConversionError.Problem])])
    func metadataThatMapNames(
        names: [String], metadata: [String: String], layout: WeightLayout, problems: [WeightConversionError.Problem]
    ) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/pair.safetensors"
            let arrays = names.map { ($0, StoredArray(Tensor<Float>($0 == "b" ? [7, 8] : $0 == "s" ? [9] : [5, 6]))) }
            try Safetensors(Dictionary(uniqueKeysWithValues: arrays), metadata: metadata).write(to: path)
            var pair = Pair()
            do {
                try pair.load(from: path, layout: layout)
                #expect(problems.isEmpty && pair.a == Tensor([5, 6]) && pair.b == Tensor([7, 8]))
            } catch let error as WeightConversionError {
                #expect(error.problems == problems && pair.a == Tensor([1, 2]) && pair.b == Tensor([3, 4]))
            }
        }
    }

    private struct Transformer: Module {
        var encoder = TransformerEncoderLayer<Double>(size: 4, heads: 2, hiddenSize: 3)
        var decoder = TransformerDecoderLayer<Double>(
            size: 4, heads: 2, hiddenSize: 3, activation: .gelu, normalization: .after)
    }

    /// Layers whose parts have other names there.
    @Test func transformersOfPyTorch() throws {
        let path = Self.path("pytorch-transformer")
        let file = try Safetensors(contentsOf: path)
        var model = Transformer()
        try model.load(from: path, layout: .pyTorch, prefix: "model.")
        let x: Tensor<Double> = try file["x"].tensor()
        let outputs = withMode(.inference) { model.decoder(x, sources: model.encoder(x)) }
        #expect(blockError(outputs.scalars, try file["outputs"].tensor().scalars, floor: 1) < 1e-14)
        let written = model.arrays(for: .pyTorch, as: Double.self, prefix: "model.")
        #expect(Set(written.keys) == Set(file.arrays.keys.filter { $0.hasPrefix("model.") }))

        // Other names for the part, or for what is inside of it; and the part as the whole model.
        let renamed = model.arrays(
            for: .pyTorch, as: Double.self, names: ["encoder": "layers.0", "encoder.feedForward.hidden": "fc"])
        #expect(renamed["layers.0.norm2.bias"] != nil && renamed["fc.weight"] != nil)
        #expect(model.encoder.arrays(for: .pyTorch, as: Double.self)["self_attn.out_proj.bias"] != nil)
        #expect(model.encoder.arrays(for: .flax, as: Double.self)["attentionResidual/norm/scale"] != nil)
    }

    // MARK: Names

    private struct Parts: Module {
        var shared: Tied<Linear<Float>>
        var list = [Linear<Float>(inputSize: 2, outputSize: 1, bias: false)]
        var optional: LayerNorm<Float>? = LayerNorm(featureCount: 2)
        var again: Tied<Linear<Float>>
        /// A cell that other frameworks don't have, and a parameter of one's own.
        var cell = JANETCell<Float>(inputSize: 2, hiddenSize: 1)
        var scale = Tensor<Float>.ones([2])
        var exact = Linear<Double>(inputSize: 1, outputSize: 1, bias: false)
        var kinds = Tensor<Int32>([1, 2])

        init() {
            shared = Tied(Linear(inputSize: 2, outputSize: 2))
            again = shared
        }
    }

    @Test func names() {
        let parts = Parts()
        let own = ["cell.input.bias", "cell.input.weight", "cell.recurrent.weight", "scale"]
        let pyTorch: [String: Tensor<Float>] = parts.arrays(for: .pyTorch, prefix: "m.", names: ["list.0": "first"])
        #expect(
            Set(pyTorch.keys)
                == Set(
                    (own + [
                        "shared.weight", "shared.bias", "again.weight", "again.bias", "first.weight", "optional.weight",
                        "optional.bias", "exact.weight",
                    ]).map { "m." + $0 }))
        let flax = parts.arrays(for: .flax, as: Float.self, names: ["cell": "", "cell.input": "in"])
        #expect(
            Set(flax.keys) == [
                "shared/kernel", "shared/bias", "list_0/kernel", "optional/scale", "optional/bias", "in/bias",
                "in/kernel", "recurrent/kernel", "scale", "exact/kernel",
            ])
        let keras = parts.arrays(for: .keras, as: Float.self)
        #expect(keras["list/0/kernel"]?.shape == [2, 1] && keras["optional/gamma"] == .ones([2]))
        #expect(pyTorch["m.first.weight"]?.shape == [1, 2])
        // Of both gates side by side, as a linear layer has them.
        #expect(pyTorch["m.cell.input.weight"] == parts.cell.input.weights.packed.transposed())
        #expect(keras["cell/input/kernel"] == parts.cell.input.weights.packed)
    }

    @Test(arguments: [WeightLayout.pyTorch, .keras, .flax]) func outAndIn(layout: WeightLayout) throws {
        let source = withRandomSeed(1) { Parts() }
        let arrays = source.arrays(for: layout, as: Double.self)
        var target = withRandomSeed(2) { Parts() }
        target.kinds = Tensor([5, 6])
        try target.load(arrays, from: layout)
        #expect(target.arrays(for: layout, as: Double.self) == arrays)
        #expect(target.kinds == Tensor([5, 6]))
        // What was tied still is, or this would trap.
        #expect(target.parameters.map(\.path) == source.parameters.map(\.path))
    }

    private struct Scaled: Module {
        var layers = Sequential { Linear<Float>(inputSize: 2, outputSize: 2) }
        var scale = Tensor<Float>.ones([2])
        var inner = Tied(Linear<Float>(inputSize: 1, outputSize: 1, bias: false))
    }

    private struct TiedParts: Module {
        var first = Tied(Scaled())
        var second: Tied<Scaled>
        var inner: Tied<Linear<Float>>
        var vector = Tied(Tensor<Float>.uniform([2], from: 0, to: 1))

        init() { (second, inner) = (first, first.inner) }
    }

    /// What is tied has the names of its place, whatever it is.
    @Test func tiedParts() throws {
        let source = withRandomSeed(1) { TiedParts() }
        let arrays = source.arrays(for: .pyTorch, as: Float.self, names: ["second": "last"])
        let own = ["layers.0.weight", "layers.0.bias", "scale", "inner.weight"]
        let names = own.map { "first." + $0 } + own.map { "last." + $0 } + ["inner.weight", "vector"]
        #expect(Set(arrays.keys) == Set(names))
        for name in own { #expect(arrays["last." + name] == arrays["first." + name]) }
        var target = withRandomSeed(2) { TiedParts() }
        try target.load(arrays, from: .pyTorch, names: ["second": "last"])
        #expect(target.storedArrays() == source.storedArrays())
    }

    /// Where a file has what is shared once, it is there at any of its places, and inside of any of those around it.
    @Test(arguments: [
        ["first": "", "inner": ""], ["second": "", "inner": ""], ["first": "", "first.inner": ""],
        ["second.inner": ""], ["second.inner": "", "inner": ""], ["first.inner": ""],
        ["first": "", "second.inner": "", "inner": ""],
    ]) func tiedPartsAtSomePlaces(absent: [String: String]) throws {
        let source = withRandomSeed(1) { TiedParts() }
        let all = source.arrays(for: .pyTorch, as: Float.self)
        let arrays = all.filter { name, _ in !absent.keys.contains { name.hasPrefix("\($0).") } }
        var target = withRandomSeed(2) { TiedParts() }
        if absent["first"] == nil || absent["second.inner"] == nil {
            try target.load(arrays, from: .pyTorch)
            #expect(target.storedArrays() == source.storedArrays())
        } else {
            let error = #expect(throws: WeightConversionError.self) { try target.load(arrays, from: .pyTorch) }
            #expect(error?.problems == [.missing("second.inner.weight", shape: [1, 1])])
        }
    }

    /// A place that is there must be there as a whole, and have the numbers of the others.
    @Test func tiedPartsThatDiffer() throws {
        var target = withRandomSeed(2) { TiedParts() }
        var arrays = target.arrays(for: .pyTorch, as: Float.self)
        let before = target.storedArrays()
        arrays["second.scale"] = Tensor([3, 4])
        arrays["inner.weight"] = Tensor([[5]])
        let unequal = #expect(throws: WeightConversionError.self) { try target.load(arrays, from: .pyTorch) }
        #expect(
            unequal?.problems == [
                .unequal("first.inner.weight", "inner.weight"), .unequal("first.scale", "second.scale"),
            ])
        let text = "weights from PyTorch: first.inner.weight and inner.weight are one here, and have different numbers"
        #expect(unequal?.description.hasPrefix(text) == true && target.storedArrays() == before)
        arrays["second.scale"] = nil
        let error = #expect(throws: WeightConversionError.self) { try target.load(arrays, from: .pyTorch) }
        #expect(error?.problems == [.missing("second.scale", shape: [2])])
        arrays = arrays.filter { $0.key == "vector" }
        let none = #expect(throws: WeightConversionError.self) { try target.load(arrays, from: .pyTorch) }
        #expect(none?.problems.count == 4)
    }

    /// Keras and Flax write what is shared once, where it is first met.
    @Test(arguments: [WeightLayout.keras, .flax]) func tiedPartsAreWrittenOnce(layout: WeightLayout) throws {
        let source = withRandomSeed(1) { TiedParts() }
        let arrays = source.arrays(for: layout, as: Float.self)
        #expect(arrays.count == 5 && arrays["first/inner/kernel"] == source.inner.wrapped.weights)
        var target = withRandomSeed(2) { TiedParts() }
        try target.load(arrays, from: layout)
        #expect(target.storedArrays() == source.storedArrays())
    }

    /// Other frameworks write what is shared once, under names of their own.
    @Test func tiedPlacesOfOneName() throws {
        let names = ["second": "first", "inner": "first/inner"]
        let source = withRandomSeed(1) { TiedParts() }
        let arrays = source.arrays(for: .flax, as: Float.self, names: names)
        let own = ["layers/layers_0/kernel", "layers/layers_0/bias", "scale", "inner/kernel"].map { "first/" + $0 }
        #expect(Set(arrays.keys) == Set(own + ["vector"]))
        var target = withRandomSeed(2) { TiedParts() }
        try target.load(arrays, from: .flax, names: names)
        #expect(target.storedArrays() == source.storedArrays())
    }

    /// Names of dictionaries are keys, and those of enumerations cases.
    @Test func partsInDictionariesAndEnumerations() throws {
        enum Choice: Module {
            case layer(Linear<Float>)
        }
        struct Model: Module {
            var byName = ["b": Linear<Float>(inputSize: 2, outputSize: 1), "a": Linear(inputSize: 3, outputSize: 1)]
            var choice = Choice.layer(Linear(inputSize: 1, outputSize: 1))
            var absent: Linear<Float>?
            var some: [Linear<Float>?] = [nil, Linear(inputSize: 1, outputSize: 1, bias: false)]
        }
        let names = ["choice.layer": "chosen", "choice.layer._0": "it"]
        let arrays = Model().arrays(for: .pyTorch, as: Float.self, names: names)
        #expect(
            Set(arrays.keys) == [
                "byName.a.weight", "byName.a.bias", "byName.b.weight", "byName.b.bias", "it.weight", "it.bias",
                "some.1.weight",
            ])
        var target = Model()
        try target.load(arrays, from: .pyTorch, names: ["choice.layer._0": "it"])
        #expect(target.byName["a"]?.weights == arrays["byName.a.weight"]?.transposed() && target.some[0] == nil)
        #expect(target.some[1]?.weights == arrays["some.1.weight"])
        let flax = Model().arrays(for: .flax, as: Float.self, names: ["choice.layer._0": "it"])
        #expect(
            Set(flax.keys) == [
                "byName_a/kernel", "byName_a/bias", "byName_b/kernel", "byName_b/bias", "it/kernel", "it/bias",
                "some_1/kernel",
            ])
    }

    /// A layer with no bias gets Flax's.
    @Test func whatALayerGainsIsKept() throws {
        struct Model: Module { var encoder = Recurrent(RNNCell<Double>(inputSize: 3, hiddenSize: 2)) }
        var source = Model()
        source.encoder.cell.input.bias = nil
        var arrays = source.arrays(for: .flax, as: Double.self)
        arrays["encoder/cell/i/bias"] = Tensor([1, 2])
        try source.load(arrays, from: .flax)
        #expect(source.encoder.cell.input.bias?.packed == Tensor([1, 2]))
    }

    @Test func derivativesPassThrough() throws {
        struct Model: Module { var head = Linear<Double>(inputSize: 2, outputSize: 1) }
        let model = Model()
        let slopes = gradient(at: model.arrays(for: .pyTorch, as: Double.self)) { arrays in
            var loaded = model
            try! loaded.load(arrays, from: .pyTorch)
            return loaded.head(Tensor([3, 4])).sum()
        }
        #expect(slopes["head.weight"] == Tensor([[3, 4]]) && slopes["head.bias"] == Tensor([1]))
    }

    /// Keys and values of other features than the queries.
    @Test(arguments: [WeightLayout.pyTorch, .keras, .flax]) func attention(layout: WeightLayout) throws {
        let source = MultiHeadAttention<Float>(size: 4, heads: 2, sourceSize: 3, bias: false)
        let arrays = source.arrays(for: layout, prefix: "a.")
        let query = layout == .pyTorch ? "a.q_proj_weight" : "a.query/kernel"
        #expect(arrays.count == 4 && arrays[query]?.shape == (layout == .pyTorch ? [4, 4] : [4, 2, 2]))
        var target = MultiHeadAttention<Float>(size: 4, heads: 2, sourceSize: 3, bias: false)
        try target.load(arrays, from: layout, prefix: "a.")
        #expect(target.value.weights == source.value.weights && target.arrays(for: layout, prefix: "a.") == arrays)
    }

    private struct Scale<Scalar: DifferentiableScalar>: PortableByName {
        var factor: Tensor<Scalar>

        var portableArrays: [PortableArray<Scale>] {
            [PortableArray(\.factor, pyTorch: "weight", keras: "gamma", flax: "scale", isTransposedInPyTorch: true)]
        }
    }

    @Test(arguments: [(WeightLayout.pyTorch, "s.weight"), (.keras, "s/gamma"), (.flax, "s/scale")])
    func layerOfOnesOwn(layout: WeightLayout, name: String) throws {
        struct Model: Module { var s = Scale(factor: Tensor<Float>([[1, 2]])) }
        var model = Model()
        func there(_ row: Tensor<Float>) -> Tensor<Float> { layout == .pyTorch ? row.transposed() : row }
        #expect(model.arrays(for: layout, as: Float.self) == [name: there(Tensor([[1, 2]]))])
        try model.load([name: there(Tensor([[3, 4]]))], from: layout)
        #expect(model.s.factor == Tensor([[3, 4]]))
    }

    /// PyTorch has one bias for all three projections, or none.
    @Test func biasesOfSomeProjections() throws {
        var source = MultiHeadAttention<Float>(size: 4, heads: 2, sourceSize: 3)
        source.key.bias = nil
        let arrays = source.arrays(for: .pyTorch)
        #expect(arrays["in_proj_bias"]?[4..<8] == .zeros([4]) && arrays["k_proj_weight"]?.shape == [4, 3])
        try source.load(arrays, from: .pyTorch)
        #expect(source.key.bias == .zeros([4]) && source.arrays(for: .pyTorch) == arrays)
    }

    // MARK: What is in no other framework

    private struct Variants: Module {
        var peepholes = Recurrent(PeepholeLSTMCell<Float>(inputSize: 2, hiddenSize: 1))
        var wrapped = Zoneout(GRUCell<Float>(inputSize: 2, hiddenSize: 1, reset: .beforeProduct), rate: 0.1)
        var stacks = Bidirectional(
            forward: LSTM<Float>(inputSize: 2, hiddenSize: 1, layers: 2),
            backward: LSTM<Float>(inputSize: 2, hiddenSize: 1, layers: 2))
        var pair = RecurrentSequential {
            RNN<Float>(inputSize: 2, hiddenSize: 2)
            Recurrent(ProjectedLSTMCell<Float>(inputSize: 2, cellSize: 3, hiddenSize: 2))
        }
        var head = Linear<Float>(inputSize: 2, outputSize: 1, bias: false)
    }

    /// It is there as it is, like a part of one's own.
    @Test func partsWithoutCounterpart() throws {
        /// The properties that have matrices with names of our own.
        func foreign(_ layout: WeightLayout) -> Set<Substring> {
            let paths = Variants().arrays(for: layout, as: Float.self).keys.map { name in
                name.split { $0 == "." || $0 == "/" }
            }
            return Set(paths.filter { $0.last == "weights" || $0.contains("recurrent") }.map { $0[0] })
        }
        #expect(foreign(.pyTorch) == ["peepholes", "wrapped"])
        #expect(foreign(.keras) == ["peepholes", "pair"])
        #expect(foreign(.flax) == ["peepholes", "wrapped", "pair"])
        #expect(foreign(.onnx) == ["pair", "head"])
        #expect(Variants().arrays(for: .pyTorch, as: Float.self)["stacks.backward.weight_hh_l1"]?.shape == [4, 1])
        for layout in WeightLayout.allCases {
            let source = withRandomSeed(1) { Variants() }
            var target = withRandomSeed(2) { Variants() }
            try target.load(source.arrays(for: layout, as: Float.self), from: layout)
            let x = Tensor<Float>.ones([2, 1, 2])
            #expect(target.peepholes(x).outputs == source.peepholes(x).outputs)
            #expect(target.stacks(x).outputs == source.stacks(x).outputs)
            #expect(target.pair(x).outputs == source.pair(x).outputs)
            #expect(target.wrapped.arrays(for: .onnx) == source.wrapped.arrays(for: .onnx))
        }
    }

    /// One direction is enough.
    @Test func aDirectionWithoutCounterpart() {
        let lstm = LSTM<Float>(inputSize: 2, hiddenSize: 1)
        let peepholes = Recurrent(PeepholeLSTMCell<Float>(inputSize: 2, hiddenSize: 1))
        let kinds = [
            Bidirectional(forward: lstm, backward: peepholes).counterpartMissing(in: .pyTorch),
            Bidirectional(forward: peepholes, backward: lstm).counterpartMissing(in: .pyTorch),
        ]
        #expect(kinds == ["LSTM with peepholes", "LSTM with peepholes"])
        #expect(Bidirectional(forward: lstm, backward: lstm).counterpartMissing(in: .pyTorch) == nil)
    }

    @Test func whatIsMissingOfThemIsExplained() throws {
        struct Model: Module {
            var encoder = Recurrent(PeepholeLSTMCell<Float>(inputSize: 1, hiddenSize: 1))
            var head = Linear<Float>(inputSize: 1, outputSize: 1)
        }
        var model = Model()
        var arrays = Model().arrays(for: .pyTorch, as: Float.self)
        arrays["head.bias"] = nil
        let other = #expect(throws: WeightConversionError.self) { try model.load(arrays, from: .pyTorch) }
        #expect(other?.problems == [.missing("head.bias", shape: [1])])
        arrays = arrays.filter { $0.key.hasPrefix("head") }
        arrays["encoder.weight_ih_l0"] = .zeros([4, 1])
        let error = #expect(throws: WeightConversionError.self) { try model.load(arrays, from: .pyTorch) }
        let explanations = error?.problems.filter { problem in
            if case .withoutCounterpart = problem { true } else { false }
        }
        #expect(explanations == [.withoutCounterpart("encoder.cell", kind: "LSTM with peepholes")])
        let text =
            "encoder.cell has no counterpart there (LSTM with peepholes): its arrays are expected as they are here"
        #expect(error?.description.contains(text) == true)
        // Nor has the file any name of ours.
        struct Encoder: Module { var encoder = Recurrent(PeepholeLSTMCell<Float>(inputSize: 1, hiddenSize: 1)) }
        var encoder = Encoder()
        let others = #expect(throws: WeightConversionError.self) {
            try encoder.load(["encoder.weight_ih_l0": Tensor<Float>.zeros([4, 1])], from: .pyTorch)
        }
        #expect(others?.problems.last == .withoutCounterpart("encoder.cell", kind: "LSTM with peepholes"))
        var alone = Embedding<Float>(vocabularySize: 1, size: 1)
        let nothing = #expect(throws: WeightConversionError.self) {
            try alone.load(from: Self.path("pytorch"), layout: .onnx, prefix: "nothing")
        }
        #expect(nothing?.problems.count == 2)
    }

    /// A model need not have parts, or parameters at all.
    @Test func modelsThatAreNoStructs() throws {
        struct Nothing: Module { var rate = 0.5 }
        var nothing = Nothing()
        #expect(nothing.arrays(for: .pyTorch, as: Float.self).isEmpty)
        try nothing.load([String: Tensor<Float>](), from: .pyTorch)
        var tensor = Tensor<Double>([1, 2])
        let arrays = tensor.arrays(for: .pyTorch, as: Double.self, prefix: "m.")
        #expect(arrays == ["m.tensor": tensor])
        try tensor.load(["m.tensor": Tensor<Double>([3, 4])], from: .pyTorch, prefix: "m.")
        #expect(tensor == Tensor([3, 4]))
        let list = [Linear<Float>(inputSize: 1, outputSize: 1), Linear(inputSize: 1, outputSize: 2, bias: false)]
        #expect(Set(list.arrays(for: .flax, as: Float.self).keys) == ["0/kernel", "0/bias", "1/kernel"])
        #expect(Set(list.arrays(for: .pyTorch, as: Float.self).keys) == ["0.weight", "0.bias", "1.weight"])
    }

    /// The layout is easily forgotten.
    @Test func theOtherWayOfLoadingIsNamed() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/model.safetensors"
            struct Model: Module { var head = Linear<Float>(inputSize: 1, outputSize: 1) }
            var model = Model()
            let hints = [(WeightLayout.pyTorch, "layout: .pyTorch"), (.keras, "layout: .keras or layout: .flax")]
            for (layout, hint) in hints {
                try model.save(to: path, layout: layout)
                let error = #expect(throws: ModelLoadError.self) { try model.load(from: path) }
                #expect(error?.description.hasSuffix("; with \(hint) they fit") == true)
            }
            struct Layer: Module { var lstm = LSTM<Float>(inputSize: 1, hiddenSize: 1) }
            try Layer().save(to: path, layout: .pyTorch)
            let ofLSTM = #expect(throws: ModelLoadError.self) { try model.load(from: path) }
            #expect(ofLSTM?.description.hasSuffix("; such names are those of layout: .pyTorch") == true)
            struct Other: Module { var body = Linear<Float>(inputSize: 1, outputSize: 1) }
            try Other().save(to: path)
            let error = #expect(throws: ModelLoadError.self) { try model.load(from: path) }
            #expect(error?.description.hasSuffix("unexpected: body.bias, body.weights") == true)
        }
    }

    /// The layout of another framework's names, and a name that other programs would take for another format.
    @Test func mistakesOfLayoutsAndNames() throws {
        struct Model: Module { var head = Linear<Float>(inputSize: 1, outputSize: 1) }
        var model = Model()
        func message(_ written: WeightLayout, readAs layout: WeightLayout) -> String? {
            let arrays = model.arrays(for: written, as: Float.self)
            return #expect(throws: WeightConversionError.self) { try model.load(arrays, from: layout) }?.description
        }
        #expect(message(.pyTorch, readAs: .keras)?.hasSuffix("; with from: .pyTorch they fit") == true)
        #expect(message(.flax, readAs: .pyTorch)?.hasSuffix("; with from: .keras or from: .flax they fit") == true)
        try withTemporaryDirectory { directory in
            let own = directory + "/model.safetensors"
            try model.save(to: own)
            for layout in [WeightLayout.pyTorch, .keras, .flax] {
                let error = #expect(throws: WeightConversionError.self) { try model.load(from: own, layout: layout) }
                let hint = "; such names are those of Tapestry's own files, which are loaded without a layout"
                #expect(error?.description.hasSuffix(hint) == true)
            }
            let path = directory + "/model.npz"
            let error = #expect(throws: OutputFileError.self) { try model.save(to: path) }
            #expect(error?.reason.hasSuffix("take for another one by its .npz") == true)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    /// A file's arrays, of which some are left out.
    @Test func arraysOfAFileAreLoadedWithoutThoseThatAreSuperfluous() throws {
        struct Model: Module {
            var head = Linear<Float>(inputSize: 2, outputSize: 1)
            @Buffer var count = Tensor<Int32>(0)
        }
        var (source, target) = (Model(), Model())
        source.count = Tensor(7)
        try withTemporaryDirectory { directory in
            try source.save(to: directory + "/model", layout: .pyTorch, prefix: "m.")
            var arrays = try Safetensors(contentsOf: directory + "/model").arrays
            arrays["m.pooler.weight"] = StoredArray(Tensor<Float>([1, 2]))
            let before = target.storedArrays()
            let error = #expect(throws: WeightConversionError.self) {
                try target.load(arrays, from: .pyTorch, prefix: "m.")
            }
            #expect(error?.problems == [.unexpected("m.pooler.weight", shape: [2])] && error?.path == nil)
            #expect(target.storedArrays() == before)
            try target.load(
                arrays.filter { !$0.key.contains("pooler") }, from: .pyTorch, prefix: "m.", names: ["head": "head"])
            #expect(target.storedArrays() == source.storedArrays())

            arrays["m.pooler.weight"] = nil
            arrays["m.head.bias"] = StoredArray(Tensor<Bool>([true]))
            let ofTruth = #expect(throws: FileFormatError.self) {
                try target.load(arrays, from: .pyTorch, prefix: "m.")
            }
            #expect(ofTruth?.place == "tensor \"m.head.bias\"")
        }
    }

    // MARK: What does not fit

    @Test func whatDoesNotFitIsNamed() throws {
        let source = Tagger()
        var arrays = source.arrays(for: .pyTorch, as: Double.self)
        arrays["head.0.weight"] = .zeros([6, 5])
        arrays["head.2.bias"] = nil
        arrays["pooler.weight"] = .zeros([2])
        arrays["encoder.weight_hh_l0_reverse"] = nil
        var target = Tagger()
        let before = target.storedArrays()
        let problems: [WeightConversionError.Problem] = [
            .missing("encoder.weight_hh_l0_reverse", shape: [12, 3]),
            .misshapen("head.0.weight", shape: [6, 5], expected: [5, 6]), .missing("head.2.bias", shape: [2]),
            .unexpected("pooler.weight", shape: [2]),
        ]
        let error = try #require(throws: WeightConversionError.self) { try target.load(arrays, from: .pyTorch) }
        #expect(error.problems == problems && error.path == nil)
        #expect(target.storedArrays() == before)

        let path = Self.path("pytorch")
        let other = try #require(throws: WeightConversionError.self) { try target.load(from: path, layout: .pyTorch) }
        #expect(
            "\(other)".hasPrefix(
                "\"\(path)\": weights from PyTorch: no name is expected: names are model.attention.in_proj_bias, "))
        #expect(target.storedArrays() == before)
    }

    /// A part may look at the numbers, too.
    private struct Positive: PortableModule {
        var factor = Tensor<Float>([1])

        mutating func load(
            _ arrays: [String: Tensor<Float>], from layout: WeightLayout, prefix: String
        ) throws(WeightConversionError) {
            let factor = arrays["\(prefix)factor"]!
            if factor.scalars[0] < 0 {
                try WeightConversionError.check([:], areThoseOf: ["\(prefix)factor": [1]], layout, prefix: prefix)
            }
            self.factor = factor
        }

        func arrays(for layout: WeightLayout, prefix: String) -> [String: Tensor<Float>] { ["\(prefix)factor": factor] }
    }

    @Test func whatAPartRefusesIsThrown() throws {
        struct Model: Module {
            var shared = Tied(Linear<Float>(inputSize: 1, outputSize: 1))
            var refusing = Positive()
            var again: Tied<Linear<Float>>
            init() { again = shared }
        }
        var model = Model()
        let before = model.storedArrays()
        var arrays = model.arrays(for: .pyTorch, as: Float.self)
        arrays["refusing.factor"] = Tensor([-1])
        (arrays["shared.bias"], arrays["again.bias"]) = (Tensor([7]), Tensor([7]))
        let error = #expect(throws: WeightConversionError.self) { try model.load(arrays, from: .pyTorch) }
        #expect(error?.problems == [.nothing(prefix: "refusing.", names: [])])
        #expect(model.storedArrays() == before)
    }

    /// Numbers become those of the model, and only those of its arrays are read.
    @Test func kindsOfNumbersInFiles() throws {
        struct Model: Module {
            var exact = Tensor<Double>([0, 0])
            var rounded = Tensor<Float>([0])
        }
        try withTemporaryDirectory { directory in
            let path = directory + "/model.safetensors"
            let whole: [Int64] = [(1 << 40) + 1, -3]
            let bytes = whole.map(\.littleEndian).withUnsafeBytes { Data($0) }
            var file = [
                "m.exact": StoredArray(.int64, shape: [2], bytes: bytes),
                "m.rounded": StoredArray(Tensor<Double>([0.1]), as: .bfloat16),
                "other": StoredArray(.bool, shape: [1], bytes: Data([2])),
            ]
            try Safetensors(file).write(to: path)
            var model = Model()
            try model.load(from: path, layout: .pyTorch, prefix: "m.")
            #expect(model.exact == Tensor(whole.map { Double($0) }) && model.rounded == Tensor([0.10009765625]))

            file["m.rounded"] = StoredArray(Tensor<Bool>([true]))
            try Safetensors(file).write(to: path)
            func expectRefusal(_ reason: String) {
                let before = model.storedArrays()
                #expect(throws: FileFormatError(path: path, place: "tensor \"m.rounded\"", reason: reason)) {
                    try model.load(from: path, layout: .pyTorch, prefix: "m.")
                }
                #expect(model.storedArrays() == before)
            }
            expectRefusal("its elements are bool, which are not real numbers")

            // The array of a type that is not read is named where it is wanted, and else none of the model's.
            let header = #"{"m.rounded":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}"#
            let odd = try Safetensors(Data([UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + [7]))
            file["m.rounded"] = nil
            try Safetensors(file, unsupported: odd.unsupported).write(to: path)
            expectRefusal("its elements are of type F8_E4M3, which is not read")
            file["m.rounded"] = StoredArray(Tensor<Float>([1]))
            try Safetensors(file, unsupported: ["n": odd.unsupported["m.rounded"]!]).write(to: path)
            try model.load(from: path, layout: .pyTorch, prefix: "m.")
            #expect(model.rounded == Tensor([1]))
            try Safetensors(file, unsupported: ["m.n": odd.unsupported["m.rounded"]!]).write(to: path)
            let error = #expect(throws: WeightConversionError.self) {
                try model.load(from: path, layout: .pyTorch, prefix: "m.")
            }
            #expect(error?.description.contains("m.n") == true)
        }
    }

    static let traps: [ExpectedTrap] = [
        ExpectedTrap(
            "weights: names has \"encodr\", which is no part of a model with attention, embedding, encoder, head, norm"
        ) { _ = Tagger().arrays(for: .pyTorch, as: Double.self, names: ["encodr": "rnn", "head.layers.0": "fc"]) },
        ExpectedTrap("weights: names has \"head.1\", which is no part of a model with head.0, head.2") {
            _ = Tagger().arrays(for: .pyTorch, as: Double.self, names: ["head.1": "fc"])
        },
        ExpectedTrap(
            "weights: names has \"layers.0\", and the model is one part without a name: `prefix` is what stands in front of "
                + "its arrays"
        ) {
            _ = LSTM<Float>(inputSize: 1, hiddenSize: 1).arrays(for: .keras, as: Float.self, names: ["layers.0": "a"])
        },
        ExpectedTrap("weights: ONNX has no names for Embedding<Double>") {
            _ = Embedding<Double>(vocabularySize: 1, size: 1).arrays(for: .onnx)
        },
        ExpectedTrap("weights: PyTorch has no LSTM with peepholes") {
            _ = Recurrent(PeepholeLSTMCell<Float>(inputSize: 1, hiddenSize: 1)).arrays(for: .pyTorch)
        },
        ExpectedTrap("weights: ONNX has no names for MultiHeadAttention<Float>") {
            _ = MultiHeadAttention<Float>(size: 2, heads: 1).arrays(for: .onnx)
        },
        ExpectedTrap("weights: two arrays are called norm.weight") {
            _ = Tagger().arrays(for: .pyTorch, as: Double.self, names: ["embedding": "norm"])
        },
    ]

    @Test(arguments: traps.indices)
    func trap(_ index: Int) async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [index] in
            Self.traps[index].run()
        }
        #expect(Self.traps[index].complaint(about: result?.standardErrorContent) == nil)
    }
}
