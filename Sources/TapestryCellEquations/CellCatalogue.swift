import Foundation
import Tapestry

/// A cell of the library, for whatever runs over all of them: suites, commands, documents.
///
/// A cell joins them with a line in `allCases`.
public struct CatalogueCell: RawRepresentable, CaseIterable, Sendable {
    /// The name by which commands know it: `lstm`, `gru-reset-after`.
    public let rawValue: String
    /// What it is, in a few words.
    public let summary: String
    /// Its paper's equations.
    public let equations: CellEquations.Equations
    private let form: any CatalogueForm

    /// The cell of a name, if there is one.
    public init?(rawValue: String) {
        guard let cell = CatalogueCell.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = cell
    }

    /// A cell that is made from two sizes, the same in both scalar types.
    private init<
        Cell: SizedRecurrentCell<Double> & SendableMetatype, Single: SizedRecurrentCell<Float> & SendableMetatype
    >(
        _ name: String, _ summary: String, _ cell: Cell.Type, _ single: Single.Type,
        _ equations: @escaping CellEquations.Equations
    ) {
        self.init(name, summary, equations) {
            Cell(inputSize: $0, hiddenSize: $1)
        } single: {
            Single(inputSize: $0, hiddenSize: $1)
        }
    }

    /// A cell over features `[batch, input]`.
    private init<Cell: RecurrentCell<Double>, Single: RecurrentCell<Float>>(
        _ name: String, _ summary: String, _ equations: @escaping CellEquations.Equations,
        cell: @escaping @Sendable (_ inputSize: Int, _ hiddenSize: Int) -> Cell,
        single: @escaping @Sendable (_ inputSize: Int, _ hiddenSize: Int) -> Single
    ) {
        self.init(name, summary, equations, cell: cell, single: single) { inputSize, _, _, batchSize in
            .uniform([batchSize, inputSize], from: -1)
        }
    }

    /// A cell whose input is maps, or several tensors, or whose states are not any numbers.
    private init<Cell: StructuredRecurrentCell<Double>, Single: StructuredRecurrentCell<Float>>(
        _ name: String, _ summary: String, _ equations: @escaping CellEquations.Equations,
        cell: @escaping @Sendable (_ inputSize: Int, _ hiddenSize: Int) -> Cell,
        single: @escaping @Sendable (_ inputSize: Int, _ hiddenSize: Int) -> Single,
        input: @escaping @Sendable (_ inputSize: Int, _ hiddenSize: Int, _ step: Int, _ batchSize: Int) -> Cell.Input,
        state: (@Sendable (_ hiddenSize: Int, _ batchSize: Int) -> Cell.State)? = nil
    ) {
        rawValue = name
        self.summary = summary
        self.equations = equations
        form = Form(cell: cell, single: single, input: input, state: state)
    }

    /// Hands the cell, with new parameters, to a visitor that knows its type.
    public func accept<Visitor: CellVisitor>(
        _ visitor: Visitor, inputSize: Int, hiddenSize: Int
    ) -> Visitor.Result {
        form.accept(visitor, inputSize, hiddenSize, equations)
    }

    private struct Form<Cell: StructuredRecurrentCell<Double>, Single: StructuredRecurrentCell<Float>>: CatalogueForm {
        let cell: @Sendable (Int, Int) -> Cell
        let single: @Sendable (Int, Int) -> Single
        let input: @Sendable (Int, Int, Int, Int) -> Cell.Input
        let state: (@Sendable (Int, Int) -> Cell.State)?

        func accept<Visitor: CellVisitor>(
            _ visitor: Visitor, _ inputSize: Int, _ hiddenSize: Int, _ equations: @escaping CellEquations.Equations
        ) -> Visitor.Result {
            visitor.visit(
                CatalogueEntry(
                    cell: cell(inputSize, hiddenSize), single: single(inputSize, hiddenSize),
                    inputs: { [input] in input(inputSize, hiddenSize, $0, $1) },
                    states: state.map { state in { state(hiddenSize, $0) } }, equations: equations))
        }
    }
}

/// What the catalogue has of a cell.
public struct CatalogueEntry<Cell: StructuredRecurrentCell<Double>, Single: StructuredRecurrentCell<Float>> {
    /// The cell, with new parameters.
    public let cell: Cell
    /// The same in `Float`, with parameters of its own.
    public let single: Single
    /// Draws the input of a step.
    public let inputs: (_ step: Int, _ batchSize: Int) -> Cell.Input
    /// Draws the state before the first step, if not every number can be in it.
    public let states: ((_ batchSize: Int) -> Cell.State)?
    /// Its paper's equations.
    public let equations: CellEquations.Equations
}

/// What is done to a cell of the catalogue.
public protocol CellVisitor {
    /// What comes of it.
    associatedtype Result
    /// Does it to a cell in both scalar types.
    func visit<Cell: StructuredRecurrentCell<Double>, Single: StructuredRecurrentCell<Float>>(
        _ entry: CatalogueEntry<Cell, Single>
    ) -> Result
}

private protocol CatalogueForm: Sendable {
    func accept<Visitor: CellVisitor>(
        _ visitor: Visitor, _ inputSize: Int, _ hiddenSize: Int, _ equations: @escaping CellEquations.Equations
    ) -> Visitor.Result
}

extension CatalogueCell {
    /// All cells of the library.
    public static let allCases: [CatalogueCell] = [
        CatalogueCell(
            "rnn", "plain recurrent cell with tanh", RNNCell<Double>.self, RNNCell<Float>.self,
            CellEquations.rnn { tanh($0) }),
        CatalogueCell("rnn-relu", "plain recurrent cell with relu", CellEquations.rnn { max($0, 0) }) {
            RNNCell<Double>(inputSize: $0, hiddenSize: $1, activation: .relu)
        } single: {
            RNNCell<Float>(inputSize: $0, hiddenSize: $1, activation: .relu)
        },
        CatalogueCell(
            "lstm", "long short-term memory with forget gate", LSTMCell<Double>.self, LSTMCell<Float>.self,
            CellEquations.lstm),
        CatalogueCell(
            "original-lstm", "long short-term memory of 1997, without forget gate", OriginalLSTMCell<Double>.self,
            OriginalLSTMCell<Float>.self, CellEquations.originalLSTM),
        CatalogueCell(
            "peephole-lstm", "LSTM whose gates see the cell state", PeepholeLSTMCell<Double>.self,
            PeepholeLSTMCell<Float>.self, CellEquations.peepholeLSTM),
        CatalogueCell(
            "coupled-lstm", "LSTM with coupled input and forget gates (CIFG)", CoupledLSTMCell<Double>.self,
            CoupledLSTMCell<Float>.self, CellEquations.coupledLSTM),
        CatalogueCell(
            "projected-lstm", "LSTM whose hidden state is a projection", CellEquations.projectedLSTM
        ) {
            ProjectedLSTMCell<Double>(inputSize: $0, cellSize: $1 + 2, hiddenSize: $1)
        } single: {
            ProjectedLSTMCell<Float>(inputSize: $0, cellSize: $1 + 2, hiddenSize: $1)
        },
        CatalogueCell(
            "layer-norm-lstm", "LSTM with layer normalisation", LayerNormLSTMCell<Double>.self,
            LayerNormLSTMCell<Float>.self, CellEquations.layerNormLSTM),
        CatalogueCell(
            "multiplicative-lstm", "LSTM whose gates see the product of input and state",
            MultiplicativeLSTMCell<Double>.self, MultiplicativeLSTMCell<Float>.self, CellEquations.multiplicativeLSTM),
        CatalogueCell(
            "gru", "gated recurrent unit, reset before the product, as in its paper", CellEquations.gruResetBefore
        ) {
            GRUCell<Double>(inputSize: $0, hiddenSize: $1, reset: .beforeProduct)
        } single: {
            GRUCell<Float>(inputSize: $0, hiddenSize: $1, reset: .beforeProduct)
        },
        CatalogueCell(
            "gru-reset-after", "gated recurrent unit, reset after the product, as in PyTorch", GRUCell<Double>.self,
            GRUCell<Float>.self, CellEquations.gruResetAfter),
        CatalogueCell(
            "layer-norm-gru", "gated recurrent unit with layer normalisation", LayerNormGRUCell<Double>.self,
            LayerNormGRUCell<Float>.self, CellEquations.layerNormGRU),
        CatalogueCell(
            "janet", "just another network: a forget gate alone", JANETCell<Double>.self, JANETCell<Float>.self,
            CellEquations.janet),
        CatalogueCell("mgu", "minimal gated unit", MGUCell<Double>.self, MGUCell<Float>.self, CellEquations.mgu),
        CatalogueCell(
            "minimal-rnn", "minimal recurrent network", MinimalRNNCell<Double>.self, MinimalRNNCell<Float>.self,
            CellEquations.minimalRNN),
        CatalogueCell(
            "ugrnn", "update-gate recurrent network", UGRNNCell<Double>.self, UGRNNCell<Float>.self, CellEquations.ugrnn
        ),
        CatalogueCell(
            "ind-rnn", "independently recurrent network", IndRNNCell<Double>.self, IndRNNCell<Float>.self,
            CellEquations.indRNN),
        CatalogueCell(
            "mut1", "mutated gated unit, the first", MUT1Cell<Double>.self, MUT1Cell<Float>.self, CellEquations.mut1),
        CatalogueCell(
            "mut2", "mutated gated unit, the second", MUT2Cell<Double>.self, MUT2Cell<Float>.self, CellEquations.mut2),
        CatalogueCell(
            "mut3", "mutated gated unit, the third", MUT3Cell<Double>.self, MUT3Cell<Float>.self, CellEquations.mut3),
        CatalogueCell(
            "scrn", "structurally constrained recurrent network", SCRNCell<Double>.self, SCRNCell<Float>.self,
            CellEquations.scrn),
        CatalogueCell("rhn", "recurrent highway network", RHNCell<Double>.self, RHNCell<Float>.self, CellEquations.rhn),
        CatalogueCell(
            "multiplicative-rnn", "multiplicative recurrent network", MultiplicativeRNNCell<Double>.self,
            MultiplicativeRNNCell<Float>.self, CellEquations.multiplicativeRNN),
        CatalogueCell("sru", "simple recurrent unit", SRUCell<Double>.self, SRUCell<Float>.self, CellEquations.sru),
        CatalogueCell(
            "qrnn", "quasi-recurrent network", QRNNCell<Double>.self, QRNNCell<Float>.self, CellEquations.qrnn),
        CatalogueCell(
            "sgrn", "simple gated recurrent network", SGRNCell<Double>.self, SGRNCell<Float>.self, CellEquations.sgrn),
        CatalogueCell(
            "ran", "recurrent additive network", RANCell<Double>.self, RANCell<Float>.self, CellEquations.ran),
        CatalogueCell("cfn", "chaos-free network", CFNCell<Double>.self, CFNCell<Float>.self, CellEquations.cfn),
        CatalogueCell(
            "star", "stackable recurrent cell", STARCell<Double>.self, STARCell<Float>.self, CellEquations.star),
        CatalogueCell(
            "nas", "cell found by architecture search", NASCell<Double>.self, NASCell<Float>.self, CellEquations.nas),
        CatalogueCell(
            "fast-rnn", "plain cell with a weighted residual connection", FastRNNCell<Double>.self,
            FastRNNCell<Float>.self, CellEquations.fastRNN),
        CatalogueCell(
            "fast-grnn", "gated cell with shared weights", FastGRNNCell<Double>.self, FastGRNNCell<Float>.self,
            CellEquations.fastGRNN),
        CatalogueCell(
            "antisymmetric-rnn", "antisymmetric recurrent network", AntisymmetricRNNCell<Double>.self,
            AntisymmetricRNNCell<Float>.self, CellEquations.antisymmetricRNN),
        CatalogueCell(
            "gated-antisymmetric-rnn", "antisymmetric recurrent network with a gate",
            GatedAntisymmetricRNNCell<Double>.self, GatedAntisymmetricRNNCell<Float>.self,
            CellEquations.gatedAntisymmetricRNN),
        CatalogueCell(
            "co-rnn", "coupled oscillatory recurrent network", CoRNNCell<Double>.self, CoRNNCell<Float>.self,
            CellEquations.coRNN),
        CatalogueCell(
            "unicornn", "undamped independent controlled oscillatory network", UnICORNNCell<Double>.self,
            UnICORNNCell<Float>.self, CellEquations.unICORNN),
        CatalogueCell("lem", "long expressive memory", LEMCell<Double>.self, LEMCell<Float>.self, CellEquations.lem),

        // Variants of frameworks, and cells that normalise.
        CatalogueCell(
            "lstm-hard-sigmoid", "LSTM with other activations, as frameworks offer them", CellEquations.lstmHardSigmoid
        ) {
            LSTMCell<Double>(
                inputSize: $0, hiddenSize: $1, gateActivation: .hardSigmoid(slope: 0.2), cellActivation: .softsign)
        } single: {
            LSTMCell<Float>(
                inputSize: $0, hiddenSize: $1, gateActivation: .hardSigmoid(slope: 0.2), cellActivation: .softsign)
        },
        CatalogueCell(
            "li-gru", "light gated recurrent unit", LiGRUCell<Double>.self, LiGRUCell<Float>.self, CellEquations.liGRU),
        CatalogueCell("batch-norm-lstm", "LSTM with batch normalisation by steps", CellEquations.batchNormLSTM) {
            batchNormLSTM(BatchNormLSTMCell<Double>(inputSize: $0, hiddenSize: $1))
        } single: {
            batchNormLSTM(BatchNormLSTMCell<Float>(inputSize: $0, hiddenSize: $1))
        },

        // Cells with clocks and times.
        CatalogueCell(
            "clockwork-rnn", "modules of units that run at different rates", CellEquations.clockworkRNN
        ) {
            ClockworkRNNCell<Double>(inputSize: $0, hiddenSize: $1, periods: Array([1, 2, 3].prefix($1)))
        } single: {
            ClockworkRNNCell<Float>(inputSize: $0, hiddenSize: $1, periods: Array([1, 2, 3].prefix($1)))
        },
        CatalogueCell("phased-lstm", "LSTM whose units open and close with time", CellEquations.phasedLSTM) {
            PhasedLSTMCell<Double>(inputSize: $0, hiddenSize: $1, openRatio: 0.6)
        } single: {
            PhasedLSTMCell<Float>(inputSize: $0, hiddenSize: $1, openRatio: 0.6)
        } input: { inputSize, _, step, batchSize in
            PhasedLSTMCell.Input(
                .uniform([batchSize, inputSize], from: -1), time: Double(step) + .uniform([batchSize]))
        },
        CatalogueCell("time-aware-lstm", "LSTM that forgets with the time between steps", CellEquations.timeAwareLSTM) {
            TimeAwareLSTMCell<Double>(inputSize: $0, hiddenSize: $1)
        } single: {
            TimeAwareLSTMCell<Float>(inputSize: $0, hiddenSize: $1)
        } input: { inputSize, _, _, batchSize in
            TimeAwareLSTMCell.Input(.uniform([batchSize, inputSize], from: -1), elapsed: .uniform([batchSize], to: 5))
        },

        // Cells over maps.
        CatalogueCell(
            "conv-lstm-1d", "convolutional LSTM over sequences", CellEquations.convLSTM(Maps.line, peepholes: false)
        ) {
            Maps.lstm(Double.self, $0, $1, Maps.line)
        } single: {
            Maps.lstm(Float.self, $0, $1, Maps.line)
        } input: {
            .uniform([$3, $0] + Maps.line.size, from: -1)
        },
        CatalogueCell(
            "conv-lstm-2d", "convolutional LSTM over images", CellEquations.convLSTM(Maps.plane, peepholes: false)
        ) {
            Maps.lstm(Double.self, $0, $1, Maps.plane)
        } single: {
            Maps.lstm(Float.self, $0, $1, Maps.plane)
        } input: {
            .uniform([$3, $0] + Maps.plane.size, from: -1)
        },
        CatalogueCell(
            "peephole-conv-lstm-2d", "convolutional LSTM over images, whose gates see the cell state",
            CellEquations.convLSTM(Maps.plane, peepholes: true)
        ) {
            Maps.lstm(Double.self, $0, $1, Maps.plane, peepholes: true)
        } single: {
            Maps.lstm(Float.self, $0, $1, Maps.plane, peepholes: true)
        } input: {
            .uniform([$3, $0] + Maps.plane.size, from: -1)
        },
        CatalogueCell("conv-gru-1d", "convolutional GRU over sequences", CellEquations.convGRU(Maps.line)) {
            Maps.gru(Double.self, $0, $1, Maps.line)
        } single: {
            Maps.gru(Float.self, $0, $1, Maps.line)
        } input: {
            .uniform([$3, $0] + Maps.line.size, from: -1)
        },
        CatalogueCell("conv-gru-2d", "convolutional GRU over images", CellEquations.convGRU(Maps.plane)) {
            Maps.gru(Double.self, $0, $1, Maps.plane)
        } single: {
            Maps.gru(Float.self, $0, $1, Maps.plane)
        } input: {
            .uniform([$3, $0] + Maps.plane.size, from: -1)
        },

        // Cells that can be scanned, and the scalar LSTM.
        CatalogueCell(
            "min-gru", "minimal GRU, as it is trained", MinGRUCell<Double>.self, MinGRUCell<Float>.self,
            CellEquations.minGRU),
        CatalogueCell("min-gru-linear", "minimal GRU, as it is defined", CellEquations.minGRU { $0 }) {
            MinGRUCell<Double>(inputSize: $0, hiddenSize: $1, candidate: .linear)
        } single: {
            MinGRUCell<Float>(inputSize: $0, hiddenSize: $1, candidate: .linear)
        },
        CatalogueCell(
            "min-lstm", "minimal LSTM, as it is trained", MinLSTMCell<Double>.self, MinLSTMCell<Float>.self,
            CellEquations.minLSTM),
        CatalogueCell("lru", "linear recurrent unit", CellEquations.lru) {
            LRUCell<Double>(inputSize: $0, stateSize: $1 + 2, outputSize: $1)
        } single: {
            LRUCell<Float>(inputSize: $0, stateSize: $1 + 2, outputSize: $1)
        },
        CatalogueCell("s5", "diagonal state space with held steps", CellEquations.s5) {
            S5Cell<Double>(inputSize: $0, stateSize: $1 + 2, outputSize: $1)
        } single: {
            S5Cell<Float>(inputSize: $0, stateSize: $1 + 2, outputSize: $1)
        },
        CatalogueCell("s5-bilinear", "diagonal state space by the trapezoidal rule", CellEquations.s5Bilinear) {
            S5Cell<Double>(inputSize: $0, stateSize: $1 + 2, outputSize: $1, discretization: .bilinear)
        } single: {
            S5Cell<Float>(inputSize: $0, stateSize: $1 + 2, outputSize: $1, discretization: .bilinear)
        },
        CatalogueCell(
            "slstm", "scalar LSTM of the xLSTM family", SLSTMCell<Double>.self, SLSTMCell<Float>.self,
            CellEquations.sLSTM),
        CatalogueCell(
            "slstm-exponential", "scalar LSTM with an exponential forget gate", CellEquations.sLSTM { $0 }
        ) {
            SLSTMCell<Double>(inputSize: $0, hiddenSize: $1, forgetGate: .exponential)
        } single: {
            SLSTMCell<Float>(inputSize: $0, hiddenSize: $1, forgetGate: .exponential)
        },
        CatalogueCell("mlstm", "matrix LSTM of the xLSTM family, two heads", CellEquations.mLSTM) {
            MLSTMCell<Double>(inputSize: $0, hiddenSize: 2 * $1, headCount: 2)
        } single: {
            MLSTMCell<Float>(inputSize: $0, hiddenSize: 2 * $1, headCount: 2)
        },

        // Cells of grids.
        CatalogueCell("multidimensional-lstm", "LSTM over grids of two dimensions", CellEquations.multidimensionalLSTM)
        {
            MultidimensionalLSTMCell<Double>(inputSize: $0, hiddenSize: $1)
        } single: {
            MultidimensionalLSTMCell<Float>(inputSize: $0, hiddenSize: $1)
        } input: { inputSize, hiddenSize, _, batchSize in
            let above = { Tensor<Double>.uniform([batchSize, hiddenSize], from: -1) }
            return GridInput(
                .uniform([batchSize, inputSize], from: -1), above: LSTMState(hidden: above(), cell: above()))
        },
        CatalogueCell(
            "grid-lstm", "Grid LSTM of two dimensions, time and depth",
            CellEquations.gridLSTM(depth: 2, sharesDimensions: false, sharesLayers: false)
        ) {
            GridLSTMCell<Double>(inputSize: $0, hiddenSize: $1, depth: 2)
        } single: {
            GridLSTMCell<Float>(inputSize: $0, hiddenSize: $1, depth: 2)
        },
        CatalogueCell(
            "grid-lstm-shared", "Grid LSTM with one set of weights for both dimensions and all layers",
            CellEquations.gridLSTM(depth: 3, sharesDimensions: true, sharesLayers: true)
        ) {
            GridLSTMCell<Double>(inputSize: $0, hiddenSize: $1, depth: 3, sharesDimensions: true, sharesLayers: true)
        } single: {
            GridLSTMCell<Float>(inputSize: $0, hiddenSize: $1, depth: 3, sharesDimensions: true, sharesLayers: true)
        },

        // Cells with a memory.
        CatalogueCell(
            "attention-lstm", "LSTM that attends to a memory by additive scores and sees what it found before",
            CellEquations.attentionLSTM(isAdditive: true, feedsInput: true)
        ) {
            attentionLSTM($0, $1, AdditiveAttention<Double>(querySize: $1, sourceSize: $0 + 1, hiddenSize: 3), true)
        } single: {
            attentionLSTM($0, $1, AdditiveAttention<Float>(querySize: $1, sourceSize: $0 + 1, hiddenSize: 3), true)
        },
        CatalogueCell(
            "attention-lstm-multiplicative", "LSTM that attends to a memory by multiplicative scores",
            CellEquations.attentionLSTM(isAdditive: false, feedsInput: false)
        ) {
            attentionLSTM(
                $0, $1, MultiplicativeAttention<Double>(score: .general, querySize: $1, sourceSize: $0 + 1), false)
        } single: {
            attentionLSTM(
                $0, $1, MultiplicativeAttention<Float>(score: .general, querySize: $1, sourceSize: $0 + 1), false)
        },
        CatalogueCell("lstmn", "LSTM that attends to its own past states", CellEquations.lstmn(stepsBefore: 2)) {
            LSTMNCell<Double>(inputSize: $0, hiddenSize: $1, memorySpan: 3)
        } single: {
            LSTMNCell<Float>(inputSize: $0, hiddenSize: $1, memorySpan: 3)
        } input: { inputSize, _, _, batchSize in
            .uniform([batchSize, inputSize], from: -1)
        } state: { hiddenSize, batchSize in
            let past = { Tensor<Double>.uniform([batchSize, 3, hiddenSize], from: -1) }
            return LSTMNState(
                hiddens: past(), cells: past(), attended: .uniform([batchSize, hiddenSize], from: -1),
                stepCount: Tensor(repeating: 2, shape: [batchSize]))
        },
        CatalogueCell(
            "neural-turing-machine", "LSTM that reads from and writes to a memory by two heads each",
            CellEquations.neuralTuringMachine(readHeads: 2, writeHeads: 2)
        ) {
            turingMachine(Double.self, $0, $1)
        } single: {
            turingMachine(Float.self, $0, $1)
        } input: { inputSize, _, _, batchSize in
            .uniform([batchSize, inputSize], from: -1)
        } state: { hiddenSize, batchSize in
            // Weightings add up to 1.
            let drawn = { (shape: [Int]) in Tensor<Double>.uniform([batchSize] + shape, from: -1) }
            return NeuralTuringMachineState(
                memory: drawn([5, 3]), weightings: drawn([4, 5]).softmax(), reads: drawn([2, 3]),
                controller: LSTMState(hidden: drawn([hiddenSize]), cell: drawn([hiddenSize])))
        },
    ]
}

/// A cell with a memory of three sources for all rows.
private func attentionLSTM<Attention: AttentionScore>(
    _ inputSize: Int, _ hiddenSize: Int, _ attention: Attention, _ feedsInput: Bool
) -> AttentionLSTMCell<Attention> {
    AttentionLSTMCell(
        inputSize: inputSize, hiddenSize: hiddenSize, sourceSize: inputSize + 1, outputSize: hiddenSize + 1,
        attention: attention, feedsInput: feedsInput
    ).attending(to: .uniform([1, 3, inputSize + 1], from: -1))
}

/// A machine of five locations with three numbers each, and two heads of either kind.
private func turingMachine<Scalar>(
    _ type: Scalar.Type, _ inputSize: Int, _ hiddenSize: Int
) -> NeuralTuringMachineCell<Scalar> {
    NeuralTuringMachineCell(
        inputSize: inputSize, controllerSize: hiddenSize, outputSize: 2, locationCount: 5, locationSize: 3,
        readHeadCount: 2, writeHeadCount: 2)
}

/// The convolutional cells of the catalogue: small maps, and kernels that differ for input and state.
private enum Maps {
    static let line = ScalarGrid(size: [4], kernel: [3], recurrentKernel: [1])
    static let plane = ScalarGrid(size: [2, 3], kernel: [1, 3], recurrentKernel: [3, 1])

    static func lstm<Scalar>(
        _ type: Scalar.Type, _ inputSize: Int, _ hiddenSize: Int, _ grid: ScalarGrid, peepholes: Bool = false
    ) -> ConvLSTMCell<Scalar> {
        ConvLSTMCell(
            inputChannels: inputSize, hiddenChannels: hiddenSize, size: grid.size, kernel: grid.kernel,
            recurrentKernel: grid.recurrentKernel, peepholes: peepholes)
    }

    static func gru<Scalar>(
        _ type: Scalar.Type, _ inputSize: Int, _ hiddenSize: Int, _ grid: ScalarGrid
    ) -> ConvGRUCell<Scalar> {
        ConvGRUCell(
            inputChannels: inputSize, hiddenChannels: hiddenSize, size: grid.size, kernel: grid.kernel,
            recurrentKernel: grid.recurrentKernel)
    }
}

/// The cell with running statistics of three steps, so that a fourth one has those of the third.
private func batchNormLSTM<Scalar>(_ cell: BatchNormLSTMCell<Scalar>) -> BatchNormLSTMCell<Scalar> {
    var cell = cell
    cell.updateStatistics(over: .uniform([3, 6, cell.input.inputSize], from: -1))
    return cell
}
