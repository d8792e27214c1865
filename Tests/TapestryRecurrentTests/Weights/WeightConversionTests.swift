import TapestryAutograd
import TapestryLayers
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// Weights to other frameworks and back. What layers compute with weights from there is in the golden files
/// `weights-*.json`.
@Suite struct WeightConversionTests {
    /// A layer's arrays go into another one of the same form with other numbers.
    private static func expectRoundTrip<Layer: PortableLayer>(
        _ layout: WeightLayout, prefix: String = "", _ layer: () -> Layer
    ) throws where Layer.Scalar == Double {
        let source = withRandomSeed(1) { layer() }
        let arrays = source.arrays(for: layout, prefix: prefix)
        #expect(arrays.keys.allSatisfy { $0.hasPrefix(prefix) })
        var target = withRandomSeed(2) { layer() }
        try target.load(arrays, from: layout, prefix: prefix)
        expectEqual(source, target, "\(layout)")
    }

    private static func expectEqual(_ a: some Module, _ b: some Module, _ comment: Comment) {
        let (first, second) = (a.parameters, b.parameters)
        #expect(first.map(\.path) == second.map(\.path), comment)
        for (a, b) in zip(first, second) {
            #expect(a.tensor(as: Double.self) == b.tensor(as: Double.self), "\(comment): \(a.path)")
        }
    }

    // MARK: Out and in again

    private static func both<Cell: SizedRecurrentCell>(
        _ type: Cell.Type, inputSize: Int
    ) -> Bidirectional<Recurrent<Cell>, Recurrent<Cell>> {
        Bidirectional(Cell(inputSize: inputSize, hiddenSize: 2), Cell(inputSize: inputSize, hiddenSize: 2))
    }

    @Test(arguments: WeightLayout.allCases) func outAndIn(layout: WeightLayout) throws {
        try Self.expectRoundTrip(layout) { RNN<Double>(inputSize: 3, hiddenSize: 2) }
        try Self.expectRoundTrip(layout) { LSTM<Double>(inputSize: 3, hiddenSize: 2, layers: 2) }
        try Self.expectRoundTrip(layout, prefix: "a/b.") { GRU<Double>(inputSize: 3, hiddenSize: 2, layers: 3) }
        try Self.expectRoundTrip(layout) { Self.both(LSTMCell<Double>.self, inputSize: 3) }
        try Self.expectRoundTrip(layout) {
            RecurrentSequential {
                Self.both(GRUCell<Double>.self, inputSize: 3)
                Recurrent(LSTMCell<Double>(inputSize: 4, hiddenSize: 2))
                Self.both(LSTMCell<Double>.self, inputSize: 2)
            }
        }
    }

    @Test func outAndInOfWhatSomeFrameworksHave() throws {
        for layout in [WeightLayout.keras, .onnx] {
            try Self.expectRoundTrip(layout) {
                Recurrent(GRUCell<Double>(inputSize: 3, hiddenSize: 2, reset: .beforeProduct))
            }
        }
        try Self.expectRoundTrip(.onnx) { Self.both(PeepholeLSTMCell<Double>.self, inputSize: 3) }
        try Self.expectRoundTrip(.pyTorch) {
            Recurrent(ProjectedLSTMCell<Double>(inputSize: 3, cellSize: 4, hiddenSize: 2))
        }
    }

    /// Wrappers without parameters leave the names as they are.
    @Test func throughWrappers() throws {
        let lstm = Recurrent(LSTMCell<Double>(inputSize: 3, hiddenSize: 2))
        let arrays = lstm.arrays(for: .pyTorch)
        func expectSame<Cell: PortableCell>(_ cell: (LSTMCell<Double>) -> Cell) throws where Cell.Scalar == Double {
            var wrapped = Recurrent(cell(LSTMCell(inputSize: 3, hiddenSize: 2)))
            try wrapped.load(arrays, from: .pyTorch)
            #expect(wrapped.arrays(for: .pyTorch) == arrays)
            Self.expectEqual(wrapped.cell.portableWeights.input, lstm.cell.input.weights.packed, "\(Cell.self)")
        }
        try expectSame { Zoneout($0, rate: 0.5) }
        try expectSame { VariationalDropout($0, state: 0.5) }
        try expectSame { DropConnect($0, rate: 0.5) }
        try expectSame { RecurrentDropout(Zoneout($0, rate: 0.1), rate: 0.5) }
    }

    /// Flax has no layers without a bias.
    @Test(arguments: [WeightLayout.pyTorch, .keras, .onnx]) func withoutBias(layout: WeightLayout) throws {
        func lstm() -> Recurrent<LSTMCell<Double>> {
            var cell = LSTMCell<Double>(inputSize: 3, hiddenSize: 2)
            cell.input.bias = nil
            return Recurrent(cell)
        }
        #expect(lstm().arrays(for: layout).count == 2)
        try Self.expectRoundTrip(layout, lstm)
        try Self.expectRoundTrip(layout) {
            var cell = GRUCell<Double>(inputSize: 3, hiddenSize: 2)
            (cell.input.bias, cell.candidateBias) = (nil, nil)
            return Recurrent(cell)
        }
    }

    /// What other frameworks always have is zero on the way out.
    @Test func flaxAlwaysHasABias() throws {
        var cell = LSTMCell<Double>(inputSize: 3, hiddenSize: 2)
        cell.input.bias = nil
        let arrays = cell.arrays(for: .flax)
        #expect(arrays["hf/bias"] == .zeros([2]) && arrays.count == 12)
        try cell.load(arrays, from: .flax)
        #expect(cell.input.bias?.packed == .zeros([8]))
    }

    // MARK: Two biases

    private static let twoBiases: [String: Tensor<Double>] = [
        "weight_ih": .zeros([8, 3]), "weight_hh": .zeros([8, 2]), "bias_ih": Tensor([1, 2, 3, 4, 5, 6, 7, 8]),
        "bias_hh": Tensor([10, 20, 30, 40, 50, 60, 70, 80]),
    ]

    @Test func twoBiasesBecomeTheirSum() throws {
        var cell = LSTMCell<Double>(inputSize: 3, hiddenSize: 2)
        try cell.load(Self.twoBiases, from: .pyTorch)
        #expect(cell.recurrent.bias == nil)
        #expect(cell.input.bias?[.input] == Tensor([11, 22]) && cell.input.bias?[.forget] == Tensor([33, 44]))
        #expect(cell.input.bias?[.candidate] == Tensor([55, 66]) && cell.input.bias?[.output] == Tensor([77, 88]))
        let arrays = cell.arrays(for: .pyTorch)
        #expect(arrays["bias_ih"] == Tensor([11, 22, 33, 44, 55, 66, 77, 88]))
        #expect(arrays["bias_hh"] == .zeros([8]))
    }

    @Test func aCellWithTwoBiasesKeepsBoth() throws {
        var cell = LSTMCell<Double>(inputSize: 3, hiddenSize: 2)
        cell.recurrent.bias = Gated(packed: .zeros([8]))
        try cell.load(Self.twoBiases, from: .pyTorch)
        #expect(cell.input.bias?[.forget] == Tensor([3, 4]) && cell.recurrent.bias?[.forget] == Tensor([30, 40]))
        #expect(cell.arrays(for: .pyTorch) == Self.twoBiases)
        #expect(cell.arrays(for: .keras)["bias"] == Tensor([11, 22, 33, 44, 55, 66, 77, 88]))
        try cell.load(cell.arrays(for: .keras), from: .keras)
        #expect(cell.input.bias?[.forget] == Tensor([33, 44]) && cell.recurrent.bias?.packed == .zeros([8]))
    }

    /// Where there is nothing to add, nothing is added: not even zero times infinity.
    @Test func oneBiasStaysAsItIs() throws {
        var cell = RNNCell<Double>(inputSize: 3, hiddenSize: 2)
        var arrays = cell.arrays(for: .keras)
        arrays["bias"] = Tensor([.infinity, 1])
        try cell.load(arrays, from: .keras)
        #expect(cell.input.bias?.packed == Tensor([.infinity, 1]))
    }

    @Test func ofAGRUOnlyTheCandidatesStayApart() throws {
        let arrays: [String: Tensor<Double>] = [
            "weight_ih": .zeros([6, 3]), "weight_hh": .zeros([6, 2]), "bias_ih": Tensor([1, 2, 3, 4, 5, 6]),
            "bias_hh": Tensor([10, 20, 30, 40, 50, 60]),
        ]
        var cell = GRUCell<Double>(inputSize: 3, hiddenSize: 2)
        try cell.load(arrays, from: .pyTorch)
        #expect(cell.recurrent.bias == nil && cell.candidateBias == Tensor([50, 60]))
        #expect(cell.input.bias?[.reset] == Tensor([11, 22]) && cell.input.bias?[.update] == Tensor([33, 44]))
        #expect(cell.input.bias?[.candidate] == Tensor([5, 6]))
        #expect(cell.arrays(for: .pyTorch)["bias_hh"] == Tensor([0, 0, 0, 0, 50, 60]))
        #expect(cell.arrays(for: .keras)["bias"] == Tensor([[33, 44, 11, 22, 5, 6], [0, 0, 0, 0, 50, 60]]))

        // With a second bias of its own it keeps both, and computes the same.
        var other = GRUCell<Double>(inputSize: 3, hiddenSize: 2)
        other.recurrent.bias = Gated(packed: .zeros([6]))
        try other.load(arrays, from: .pyTorch)
        #expect(other.arrays(for: .pyTorch) == arrays)
        #expect(other.candidateBias == .zeros([2]))
        let x = withRandomSeed(1) { Tensor<Double>.normal([4, 2, 3]) }
        #expect(blockError(Recurrent(other)(x).outputs.scalars, Recurrent(cell)(x).outputs.scalars, floor: 1) < 1e-12)

        var before = GRUCell<Double>(inputSize: 3, hiddenSize: 2, reset: .beforeProduct)
        try before.load(other.arrays(for: .onnx), from: .onnx)
        #expect(before.input.bias?.packed == Tensor([11, 22, 33, 44, 55, 66]) && before.candidateBias == nil)
    }

    // MARK: Names

    @Test func names() {
        let lstm = LSTM<Float>(inputSize: 3, hiddenSize: 2)
        #expect(
            lstm.arrays(for: .pyTorch, prefix: "m.").keys.sorted() == [
                "m.bias_hh_l0", "m.bias_ih_l0", "m.weight_hh_l0", "m.weight_ih_l0",
            ])
        #expect(
            lstm.arrays(for: .keras).keys.sorted() == [
                "lstm_cell/bias", "lstm_cell/kernel", "lstm_cell/recurrent_kernel",
            ])
        let names: [WeightLayout: Set<String>] = [
            .pyTorch: ["weight_ih", "weight_hh", "bias_ih", "bias_hh"],
            .keras: ["kernel", "recurrent_kernel", "bias"],
            .onnx: ["W", "R", "B"],
            .flax: ["i/kernel", "i/bias", "h/kernel"],
        ]
        for layout in WeightLayout.allCases {
            #expect(Set(RNNCell<Float>(inputSize: 3, hiddenSize: 2).arrays(for: layout).keys) == names[layout])
        }
    }

    /// In Keras each kind of layer is numbered by itself.
    @Test func namesOfSeveralKindsInKeras() {
        let layers = RecurrentSequential {
            Recurrent(LSTMCell<Float>(inputSize: 3, hiddenSize: 2))
            Recurrent(GRUCell<Float>(inputSize: 2, hiddenSize: 2))
            Bidirectional(LSTMCell<Float>(inputSize: 2, hiddenSize: 2), LSTMCell<Float>(inputSize: 2, hiddenSize: 2))
            Bidirectional(GRUCell<Float>(inputSize: 4, hiddenSize: 2), GRUCell<Float>(inputSize: 4, hiddenSize: 2))
        }
        let kernels = layers.arrays(for: .keras).keys.filter { $0.hasSuffix("/kernel") }.sorted()
        #expect(
            kernels == [
                "bidirectional/backward_lstm_1/lstm_cell/kernel", "bidirectional/forward_lstm_1/lstm_cell/kernel",
                "bidirectional_1/backward_gru_1/gru_cell/kernel", "bidirectional_1/forward_gru_1/gru_cell/kernel",
                "gru/gru_cell/kernel", "lstm/lstm_cell/kernel",
            ])
    }

    // MARK: What does not fit

    private static func problems(
        _ change: (inout [String: Tensor<Float>]) -> Void, prefix: String = "encoder."
    ) throws -> WeightConversionError {
        let source = LSTM<Float>(inputSize: 3, hiddenSize: 2, layers: 2)
        var arrays = source.arrays(for: .pyTorch, prefix: "encoder.")
        change(&arrays)
        var target = LSTM<Float>(inputSize: 3, hiddenSize: 2, layers: 2)
        let before = target
        let error = #expect(throws: WeightConversionError.self) {
            try target.load(arrays, from: .pyTorch, prefix: prefix)
        }
        #expect(before.arrays(for: .pyTorch) == target.arrays(for: .pyTorch))
        return try #require(error)
    }

    @Test func everyProblemHasItsName() throws {
        let error = try Self.problems { arrays in
            arrays["encoder.weight_hh_l0"] = .zeros([2, 8])
            arrays["encoder.bias_hh_l1"] = nil
            arrays["encoder.weight_ih_l2"] = .zeros([8, 2])
            arrays["decoder.weight_ih_l0"] = .zeros([1])
        }
        #expect(
            error.problems == [
                .missing("encoder.bias_hh_l1", shape: [8]),
                .misshapen("encoder.weight_hh_l0", shape: [2, 8], expected: [8, 2]),
                .unexpected("encoder.weight_ih_l2", shape: [8, 2]),
            ])
        #expect(
            error.description
                == "weights from PyTorch: encoder.bias_hh_l1 [8] is missing; "
                + "encoder.weight_hh_l0 has shape [2, 8], and not [8, 2]; encoder.weight_ih_l2 [8, 2] is not expected")
    }

    @Test func manyProblemsAreOneLine() throws {
        let error = try Self.problems { arrays in arrays = ["encoder.weight_ih_l0": .zeros([8, 3])] }
        #expect(error.problems.count == 7)
        #expect(error.description.hasPrefix("weights from PyTorch: encoder.bias_hh_l0 [8] is missing; "))
        #expect(error.description.hasSuffix("; 2 more"))
    }

    @Test func aPrefixThatNoNameHas() throws {
        let error = try Self.problems({ _ in }, prefix: "lstm.")
        let rest = "names are encoder.bias_hh_l0, encoder.bias_hh_l1, encoder.bias_ih_l0 and 5 more"
        let hint = #"; with from: .pyTorch, prefix: "encoder." they fit"#
        #expect(error.description == "weights from PyTorch: no name begins with lstm.; \(rest)" + hint)
        #expect(try Self.problems { $0 = [:] }.description == "weights from PyTorch: there are no arrays")
    }

    /// A file of a layer with the reset at the other place is no silent mistake where it shows.
    @Test func theOtherResetOfKerasDoesNotFit() throws {
        let after = GRUCell<Double>(inputSize: 3, hiddenSize: 2)
        var before = GRUCell<Double>(inputSize: 3, hiddenSize: 2, reset: .beforeProduct)
        let error = #expect(throws: WeightConversionError.self) {
            try before.load(after.arrays(for: .keras), from: .keras)
        }
        #expect(error?.problems == [.misshapen("bias", shape: [2, 6], expected: [6])])
    }

    /// In one layer, both directions of ONNX are one array.
    @Test func oneDirectionOfONNXForTwo() throws {
        let one = Recurrent(GRUCell<Double>(inputSize: 3, hiddenSize: 2))
        var two = Bidirectional(one.cell, one.cell)
        let error = #expect(throws: WeightConversionError.self) { try two.load(one.arrays(for: .onnx), from: .onnx) }
        #expect(error?.problems.first == .misshapen("B", shape: [1, 12], expected: [2, 12]))
    }

    static let traps: [ExpectedTrap] = [
        ExpectedTrap("weights: PyTorch has no GRU whose reset acts before the product") {
            _ = GRUCell<Float>(inputSize: 2, hiddenSize: 3, reset: .beforeProduct).arrays(for: .pyTorch)
        },
        ExpectedTrap("weights: Flax has no GRU whose reset acts before the product") {
            var cell = GRUCell<Float>(inputSize: 2, hiddenSize: 3, reset: .beforeProduct)
            try? cell.load([:], from: .flax)
        },
        ExpectedTrap("weights: Keras has no LSTM with peepholes") {
            _ = PeepholeLSTMCell<Float>(inputSize: 2, hiddenSize: 3).arrays(for: .keras)
        },
        ExpectedTrap("weights: ONNX has no LSTM with a projection") {
            _ = ProjectedLSTMCell<Float>(inputSize: 2, cellSize: 4, hiddenSize: 3).arrays(for: .onnx)
        },
        ExpectedTrap("weights: each direction must be a single layer for other frameworks") {
            let layers = LSTM<Float>(inputSize: 3, hiddenSize: 2, layers: 2)
            _ = Bidirectional(forward: layers, backward: layers).arrays(for: .pyTorch)
        },
        ExpectedTrap("weights: the gates leak, candidate are not reset, update, candidate") {
            let cell = LeakyCell<Float>(inputSize: 2, hiddenSize: 3)
            _ = PortableWeights(.gru(.afterProduct), cell.input, cell.recurrent)
        },
        ExpectedTrap("weights: the gates leak, candidate are not one alone") {
            let cell = LeakyCell<Float>(inputSize: 2, hiddenSize: 3)
            _ = PortableWeights(.rnn, cell.input, cell.recurrent)
        },
    ]

    @Test(arguments: traps.indices)
    func trap(_ index: Int) async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [index] in
            Self.traps[index].run()
        }
        #expect(Self.traps[index].complaint(about: result?.standardErrorContent) == nil)
    }

    // MARK: Cells of a user

    /// A cell of a user, whose gates are in another order than the library's.
    private struct OwnLSTMCell<Scalar: DifferentiableScalar>: PortableCell {
        enum Gate: String, CaseIterable { case output, input, candidate, forget }
        var input, recurrent: GateProjection<Gate, Scalar>

        init() {
            input = GateProjection(3, 2)
            recurrent = GateProjection(2, 2, bias: false)
        }

        var portableWeights: PortableWeights<Scalar> {
            get { PortableWeights(.lstm, input, recurrent) }
            set { newValue.store(in: &input, &recurrent) }
        }

        func initialState(batchSize: Int) -> LSTMState<Scalar> {
            LSTMState(hidden: .zeros([batchSize, 2]), cell: .zeros([batchSize, 2]))
        }

        func step(
            _ x: Tensor<Scalar>, _ state: LSTMState<Scalar>
        ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
            let z = input(x) + recurrent(state.hidden)
            let cell = sigmoid(z[.forget]) * state.cell + sigmoid(z[.input]) * tanh(z[.candidate])
            let hidden = sigmoid(z[.output]) * tanh(cell)
            return (hidden, LSTMState(hidden: hidden, cell: cell))
        }
    }

    @Test(arguments: WeightLayout.allCases) func aCellOfAUser(layout: WeightLayout) throws {
        let source = Recurrent(withRandomSeed(1) { LSTMCell<Double>(inputSize: 3, hiddenSize: 2) })
        var own = Recurrent(OwnLSTMCell<Double>())
        try own.load(source.arrays(for: layout), from: layout)
        #expect(own.cell.input.bias?[.forget] == source.cell.input.bias?[.forget])
        let x = withRandomSeed(3) { Tensor<Double>.normal([4, 2, 3]) }
        #expect(blockError(own(x).outputs.scalars, source(x).outputs.scalars, floor: 1) < 1e-14)
    }

    /// Derivatives go through a conversion to the arrays, by their names.
    @Test func gradientsByTheNamesOfTheArrays() throws {
        let template = LSTM<Double>(inputSize: 3, hiddenSize: 2)
        let x = withRandomSeed(3) { Tensor<Double>.normal([4, 2, 3]) }
        let byArrays = try gradient(at: template.arrays(for: .pyTorch)) { arrays in
            var lstm = template
            try lstm.load(arrays, from: .pyTorch)
            return square(lstm(x).outputs).sum()
        }
        let byCell = gradient(at: template) { square($0(x).outputs).sum() }.arrays(for: .pyTorch)
        #expect(byArrays["weight_hh_l0"] == byCell["weight_hh_l0"])
        #expect(byArrays["bias_hh_l0"] == byArrays["bias_ih_l0"] && byArrays["bias_ih_l0"] == byCell["bias_ih_l0"])
    }
}
