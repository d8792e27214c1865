import TapestryAutograd
import TapestryFiles
import TapestryLayers
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// What errors say of arrays that fit once they are read otherwise. Names and shapes are those that the frameworks
/// write.
@Suite struct WeightSuggestionTests {
    private typealias Shapes = [String: [Int]]

    /// In PyTorch: `self.rnn` a cell of one's own, with `self.input = nn.Linear(2, 6)` and `self.recurrent`, and
    /// `self.head`.
    private static let ownCell: Shapes = [
        "rnn.input.weight": [6, 2], "rnn.input.bias": [6], "rnn.recurrent.weight": [6, 3], "head.weight": [2, 3],
        "head.bias": [2],
    ]
    /// The same with an `nn.LSTMCell`.
    private static let lstmCell: Shapes = [
        "rnn.weight_ih": [12, 2], "rnn.weight_hh": [12, 3], "rnn.bias_ih": [12], "rnn.bias_hh": [12],
        "head.weight": [2, 3], "head.bias": [2],
    ]
    /// An `nn.Embedding`, an `nn.LSTM` and an `nn.Linear`.
    private static let pyTorch: Shapes = [
        "embedding.weight": [7, 4], "encoder.weight_ih_l0": [12, 4], "encoder.weight_hh_l0": [12, 3],
        "encoder.bias_ih_l0": [12], "encoder.bias_hh_l0": [12], "head.weight": [2, 3], "head.bias": [2],
    ]
    /// A functional model of Keras with names for its layers.
    private static let keras: Shapes = [
        "embedding/embeddings": [7, 4], "encoder/lstm_cell/kernel": [4, 12],
        "encoder/lstm_cell/recurrent_kernel": [3, 12], "encoder/lstm_cell/bias": [12], "head/kernel": [3, 2],
        "head/bias": [2],
    ]
    /// The same as a `keras.Sequential` without names.
    private static let kerasSequential: Shapes = [
        "sequential/embedding/embeddings": [7, 4], "sequential/lstm/lstm_cell/kernel": [4, 12],
        "sequential/lstm/lstm_cell/recurrent_kernel": [3, 12], "sequential/lstm/lstm_cell/bias": [12],
        "sequential/dense/kernel": [3, 2], "sequential/dense/bias": [2],
    ]
    /// `nn.Embed`, `nn.RNN` over an `nn.LSTMCell`, and `nn.Dense`, as properties in Flax's `setup`.
    private static let flax: Shapes = [
        "embedding/embedding": [7, 4], "encoder/cell/hf/bias": [3], "encoder/cell/hf/kernel": [3, 3],
        "encoder/cell/hg/bias": [3], "encoder/cell/hg/kernel": [3, 3], "encoder/cell/hi/bias": [3],
        "encoder/cell/hi/kernel": [3, 3], "encoder/cell/ho/bias": [3], "encoder/cell/ho/kernel": [3, 3],
        "encoder/cell/if/kernel": [4, 3], "encoder/cell/ig/kernel": [4, 3], "encoder/cell/ii/kernel": [4, 3],
        "encoder/cell/io/kernel": [4, 3], "head/kernel": [3, 2], "head/bias": [2],
    ]
    /// `nn.Dense(2)(nn.RNN(nn.GRUCell(3))(nn.Embed(7, 4)(x)))` in a compact module.
    private static let flaxCompact: Shapes = [
        "Embed_0/embedding": [7, 4], "GRUCell_0/hn/bias": [3], "GRUCell_0/hn/kernel": [3, 3],
        "GRUCell_0/hr/kernel": [3, 3], "GRUCell_0/hz/kernel": [3, 3], "GRUCell_0/in/bias": [3],
        "GRUCell_0/in/kernel": [4, 3], "GRUCell_0/ir/bias": [3], "GRUCell_0/ir/kernel": [4, 3],
        "GRUCell_0/iz/bias": [3], "GRUCell_0/iz/kernel": [4, 3], "Dense_0/kernel": [3, 2], "Dense_0/bias": [2],
    ]

    private static func behind(_ prefix: String, _ shapes: Shapes) -> Shapes {
        Dictionary(uniqueKeysWithValues: shapes.map { (prefix + $0.key, $0.value) })
    }

    private static func arrays(_ shapes: Shapes) -> [String: Tensor<Float>] {
        shapes.mapValues { Tensor<Float>.ones($0) }
    }

    private struct OwnCell: Module {
        var rnn = Recurrent(JANETCell<Float>(inputSize: 2, hiddenSize: 3))
        var head = Linear<Float>(inputSize: 3, outputSize: 2)
    }

    private struct Cell: Module {
        var rnn = Recurrent(LSTMCell<Float>(inputSize: 2, hiddenSize: 3))
        var head = Linear<Float>(inputSize: 3, outputSize: 2)
    }

    private struct Tagger: Module {
        var embedding = Embedding<Float>(vocabularySize: 7, size: 4)
        var encoder = LSTM<Float>(inputSize: 4, hiddenSize: 3, batchFirst: true)
        var head = Linear<Float>(inputSize: 3, outputSize: 2)
    }

    private struct GRUTagger: Module {
        var embedding = Embedding<Float>(vocabularySize: 7, size: 4)
        var rnn = Recurrent(GRUCell<Float>(inputSize: 4, hiddenSize: 3), batchFirst: true)
        var head = Linear<Float>(inputSize: 3, outputSize: 2)
    }

    /// What is said, where it is said and where nothing is: of the arrays as tensors, and as a file.
    private func suggestion(
        _ model: some Module, _ shapes: Shapes, _ layout: WeightLayout, prefix: String = "",
        names: [String: String] = [:]
    ) throws -> String? {
        var model = model
        let arrays = Self.arrays(shapes)
        let error = #expect(throws: WeightConversionError.self) {
            try model.load(arrays, from: layout, prefix: prefix, names: names)
        }
        try withTemporaryDirectory { directory in
            let path = directory + "/model.safetensors"
            try Safetensors(arrays.mapValues { StoredArray($0) }).write(to: path)
            let ofFile = #expect(throws: WeightConversionError.self) {
                try model.load(from: path, layout: layout, prefix: prefix, names: names)
            }
            #expect(ofFile?.suggestion == error?.suggestion?.replacing("from: .", with: "layout: ."))
        }
        let text = try #require(error)
        if let suggestion = text.suggestion { #expect(text.description.hasSuffix("; \(suggestion)")) }
        return text.suggestion
    }

    // MARK: A component between, or other names

    @Test func theCellIsBetween() throws {
        let names = ["rnn.cell": "rnn"]
        #expect(
            try suggestion(OwnCell(), Self.ownCell, .pyTorch)
                == #"with from: .pyTorch, names: ["rnn.cell": "rnn"] they fit"#)
        #expect(
            try suggestion(Cell(), Self.lstmCell, .pyTorch)
                == #"with from: .pyTorch, names: ["rnn.cell": "rnn"] they fit"#)
        var (own, cell) = (OwnCell(), Cell())
        try own.load(Self.arrays(Self.ownCell), from: .pyTorch, names: names)
        try cell.load(Self.arrays(Self.lstmCell), from: .pyTorch, names: names)
        #expect(own.head.bias == .ones([2]) && cell.head.bias == .ones([2]))
        #expect(
            try suggestion(OwnCell(), Self.behind("net.", Self.ownCell), .pyTorch)
                == #"with from: .pyTorch, prefix: "net.", names: ["rnn.cell": "rnn"] they fit"#)
        // What is above is left out, too.
        struct Outer: Module { var model = OwnCell() }
        #expect(
            try suggestion(Outer(), Self.ownCell, .pyTorch)
                == #"with from: .pyTorch, names: ["model.head": "head", "model.rnn.cell": "rnn"] they fit"#)
    }

    @Test func aCellOfFlaxsCompactModules() throws {
        let names = ["embedding": "Embed_0", "head": "Dense_0", "rnn.cell": "GRUCell_0"]
        let text = #"names: ["embedding": "Embed_0", "head": "Dense_0", "rnn.cell": "GRUCell_0"] they fit"#
        #expect(try suggestion(GRUTagger(), Self.flaxCompact, .flax) == "with from: .flax, \(text)")
        #expect(try suggestion(GRUTagger(), Self.flaxCompact, .keras) == "with from: .flax, \(text)")
        var model = GRUTagger()
        try model.load(Self.arrays(Self.flaxCompact), from: .flax, names: names)
        #expect(model.embedding.weights == .ones([7, 4]))
        // One name is given already.
        #expect(
            try suggestion(GRUTagger(), Self.flaxCompact, .flax, names: ["head": "Dense_0"])
                == "with from: .flax, \(text)")
    }

    /// Two cells of the same shapes are told apart by the names above them, or not at all.
    @Test func whatCouldBeEither() throws {
        struct Two: Module {
            var left = Recurrent(LSTMCell<Float>(inputSize: 2, hiddenSize: 3))
            var right = Recurrent(LSTMCell<Float>(inputSize: 2, hiddenSize: 3))
        }
        let cell = Self.lstmCell.filter { $0.key.hasPrefix("rnn") }
        func both(_ first: String, _ second: String) -> Shapes {
            var shapes: Shapes = [:]
            for (name, shape) in cell {
                shapes[first + name.dropFirst(3)] = shape
                shapes[second + name.dropFirst(3)] = shape
            }
            return shapes
        }
        #expect(
            try suggestion(Two(), both("left", "right"), .pyTorch)
                == #"with from: .pyTorch, names: ["left.cell": "left", "right.cell": "right"] they fit"#)
        #expect(try suggestion(Two(), both("a", "b"), .pyTorch) == nil)
        // One place for two.
        #expect(try suggestion(Two(), both("a", "a"), .pyTorch) == nil)
        #expect(
            try suggestion(Two(), both("left", "left"), .pyTorch)
                == #"with from: .pyTorch, names: ["left.cell": "left"] 4 of the model's 8 fit"#)
        #expect(
            try suggestion(
                LayerNorm<Float>(featureCount: 2), ["a.weight": [2], "a.bias": [2], "b.weight": [2], "b.bias": [2]],
                .pyTorch)
                == #"with from: .pyTorch, prefix: "a." or from: .pyTorch, prefix: "b." they fit"#)
    }

    /// A tensor of one's own is found by its own name, and not by its shape alone.
    @Test func tensorsOfOnesOwn() throws {
        struct Model: Module {
            var head = Linear<Float>(inputSize: 3, outputSize: 2)
            var scale = Tensor<Float>.ones([2])
        }
        let head: Shapes = ["head.weight": [2, 3], "head.bias": [2]]
        #expect(
            try suggestion(Model(), head.merging(["body.scale": [2]]) { $1 }, .pyTorch)
                == #"with from: .pyTorch, names: ["scale": "body.scale"] they fit"#)
        #expect(try suggestion(Model(), head.merging(["body.factor": [2]]) { $1 }, .pyTorch) == nil)
    }

    // MARK: Another layout

    @Test func theOtherLayout() throws {
        #expect(try suggestion(Tagger(), Self.keras, .flax) == "with from: .keras they fit")
        #expect(try suggestion(Tagger(), Self.flax, .keras) == "with from: .flax they fit")
        #expect(try suggestion(Tagger(), Self.pyTorch, .flax) == "with from: .pyTorch they fit")
        #expect(try suggestion(Tagger(), Self.keras, .pyTorch) == "with from: .keras they fit")
        #expect(
            try suggestion(Tagger(), Self.behind("tagger/", Self.keras), .flax)
                == #"with from: .keras, prefix: "tagger/" they fit"#)
        #expect(
            try suggestion(Tagger(), Self.behind("net/", Self.flax), .keras)
                == #"with from: .flax, prefix: "net/" they fit"#)
        let sequential = #"prefix: "sequential/", names: ["encoder": "lstm", "head": "dense"] they fit"#
        #expect(try suggestion(Tagger(), Self.kerasSequential, .flax) == "with from: .keras, \(sequential)")
        #expect(try suggestion(Tagger(), Self.kerasSequential, .keras) == "with from: .keras, \(sequential)")
        var tagger = Tagger()
        try tagger.load(
            Self.arrays(Self.kerasSequential), from: .keras, prefix: "sequential/",
            names: ["encoder": "lstm", "head": "dense"])
        #expect(tagger.head.bias == .ones([2]))
    }

    /// Also where some of the shapes are others, or an array is missing.
    @Test func mostOfThem() throws {
        var shapes = Self.keras
        shapes["head/kernel"] = [3, 5]
        shapes["head/bias"] = [5]
        #expect(try suggestion(Tagger(), shapes, .flax) == "with from: .keras their names fit")
        shapes["head/kernel"] = [3, 2]
        shapes["head/bias"] = [2]
        for name in ["pooler/kernel", "pooler/bias"] {
            shapes[name] = [4]
            let more = name == "pooler/kernel" ? "1 more is there" : "2 more are there"
            #expect(
                try suggestion(Tagger(), shapes, .flax) == "with from: .keras all of the model's 6 fit, and \(more)")
        }
        shapes = Self.keras
        shapes["head/kernel"] = [3, 5]
        shapes["head/bias"] = nil
        #expect(try suggestion(Tagger(), shapes, .flax) == "with from: .keras 4 of the model's 6 fit")
    }

    /// A mistake that another reading does not explain, or not clearly better, has no suggestion.
    @Test func nothingIsSuggested() throws {
        var shapes = Self.pyTorch
        shapes["head.bias"] = nil
        #expect(try suggestion(Tagger(), shapes, .pyTorch) == nil)
        shapes["head.weight"] = [5, 3]
        shapes["pooler.weight"] = [4, 4]
        #expect(try suggestion(Tagger(), shapes, .pyTorch) == nil)
        #expect(try suggestion(Tagger(), ["a": [1], "b.c": [2]], .pyTorch) == nil)
        #expect(try suggestion(Tagger(), [:], .pyTorch) == nil)
    }

    /// A file may have names of any length, with a million components, and any number of them.
    @Test func namesThatNoModelHasAreNotSearched() throws {
        for prefix in [String(repeating: "x.", count: 25), String(repeating: "x", count: 220) + "."] {
            let fitting = try suggestion(Tagger(), Self.behind(prefix, Self.pyTorch), .pyTorch)
            #expect(fitting?.hasSuffix("they fit") == true)
            #expect(try suggestion(Tagger(), Self.behind(prefix + prefix, Self.pyTorch), .pyTorch) == nil)
        }
        var many = Self.behind("net.", Self.pyTorch)
        for number in 0..<2_000 { many["\(number)"] = [1] }
        #expect(try suggestion(Tagger(), many, .pyTorch) == nil)
    }

    /// A list as a whole model has no name of its own, and that of its layers is left out in PyTorch.
    @Test func listsAlone() throws {
        let one = Sequential { Linear<Float>(inputSize: 3, outputSize: 2) }
        let two = Sequential {
            Linear<Float>(inputSize: 3, outputSize: 2)
            Linear<Float>(inputSize: 2, outputSize: 2)
        }
        let ofOne: Shapes = ["Dense_0/kernel": [3, 2], "Dense_0/bias": [2]]
        let ofTwo = ofOne.merging(["Dense_1/kernel": [2, 2], "Dense_1/bias": [2]]) { $1 }
        let text = #"with from: .flax, names: ["layers": "Dense"] they fit"#
        for layout in WeightLayout.allCases {
            // Of one layer, a name in Keras's way explains them as well.
            let ofKeras = #"with from: .keras, names: ["0": "Dense_0"]"#
            let others = layout == .keras ? "" : " or others"
            #expect(try suggestion(one, ofOne, layout) == (layout == .flax ? text : "\(ofKeras)\(others) they fit"))
            #expect(try suggestion(two, ofTwo, layout) == text)
        }
        var model = two
        try model.load(Self.arrays(ofTwo), from: .flax, names: ["layers": "Dense"])
        #expect(model.layers.second.bias == .ones([2]))
        let behind: Shapes = ["net.0.weight": [2, 3], "net.0.bias": [2]]
        #expect(try suggestion(one, behind, .pyTorch) == #"with from: .pyTorch, prefix: "net." they fit"#)
    }

    /// What is inside of a part with another name keeps its own names, those of lists included.
    @Test func listsWithAnotherName() throws {
        struct Model: Module { var head = Sequential { Linear<Float>(inputSize: 3, outputSize: 2) } }
        func names(_ layout: WeightLayout) -> Set<String> {
            Set(Model().arrays(for: layout, as: Float.self, names: ["head": "fc"]).keys)
        }
        #expect(names(.pyTorch) == ["fc.0.weight", "fc.0.bias"])
        #expect(names(.flax) == ["fc/layers_0/kernel", "fc/layers_0/bias"])
    }

    // MARK: Parts and own names

    /// Parts alone say so as well, where they are loaded by their own functions.
    @Test func partsAlone() throws {
        func suggestion(_ load: () throws -> Void) -> String? {
            #expect(throws: WeightConversionError.self, performing: load)?.suggestion
        }
        var (lstm, cell) = (LSTM<Float>(inputSize: 4, hiddenSize: 3), LSTMCell<Float>(inputSize: 2, hiddenSize: 3))
        let ofFlax = Self.arrays(Self.flax.filter { $0.key.hasPrefix("encoder/") })
        #expect(
            suggestion { try lstm.load(ofFlax, from: .pyTorch, prefix: "encoder.") }
                == #"with from: .flax, prefix: "encoder/" they fit"#)
        #expect(
            suggestion { try cell.load(Self.arrays(Self.lstmCell), from: .pyTorch) }
                == #"with from: .pyTorch, prefix: "rnn." they fit"#)
        var recurrent = Recurrent(cell)
        #expect(suggestion { try recurrent.load(Self.arrays(Self.lstmCell), from: .pyTorch, prefix: "rnn.") } == nil)
    }

    /// Arrays that are loaded by the model's own names, all or what fits.
    @Test func ownNames() throws {
        func report(_ model: some Module, _ shapes: Shapes) -> ModelLoadReport {
            var model = model
            return model.load(Self.arrays(shapes).mapValues { StoredArray($0) })
        }
        #expect(
            report(Tagger(), Self.behind("net.", Self.pyTorch)).suggestion
                == #"with from: .pyTorch, prefix: "net." they fit"#)
        let ofCell = report(OwnCell(), Self.ownCell)
        #expect(
            ofCell.description.hasSuffix(
                #"rnn.recurrent.weight; with from: .pyTorch, names: ["rnn.cell": "rnn"] they fit"#))
        #expect(!ofCell.isComplete)
        #expect(report(GRUTagger(), Self.keras).suggestion == "with from: .keras 3 of the model's 6 fit")
        let own = Tagger().storedArrays().mapValues(\.shape)
        #expect(report(Tagger(), own).suggestion == nil)
        var other = own
        other["head.bias"] = nil
        other["body.bias"] = [2]
        #expect(report(Tagger(), other).suggestion == nil)
        try withTemporaryDirectory { directory in
            let path = directory + "/model.safetensors"
            try Safetensors(Self.arrays(Self.flax).mapValues { StoredArray($0) }).write(to: path)
            var tagger = Tagger()
            let error = #expect(throws: ModelLoadError.self) { try tagger.load(from: path) }
            #expect(error?.description.hasSuffix("; with layout: .flax they fit") == true)
        }
    }
}
