import Foundation
import Tapestry
import Testing

/// In whose layout weights are packed: by what the layers of other frameworks computed from inputs `[3, 2, 3]` with
/// weights w_k = sin(0.7 k + s), printed by Tests/Goldens/layouts.py.
@Suite struct LayoutTests {
    private static func wave(_ start: Double, _ shape: Int...) -> Tensor<Double> {
        let count = shape.reduce(1, *)
        return Tensor(shape: shape, scalars: (0..<count).map { sin(0.7 * Double($0) + start) })
    }

    private static func weights(_ layout: PackedLayout, gates: Int, biasRows: Int = 0) -> PackedWeights {
        switch layout {
        case .pyTorch:
            PackedWeights(
                input: wave(1, 2 * gates, 3), recurrent: wave(2, 2 * gates, 2), bias: wave(3, 2 * gates),
                recurrentBias: wave(4, 2 * gates))
        case .keras:
            PackedWeights(
                input: wave(1, 3, 2 * gates), recurrent: wave(2, 2, 2 * gates),
                bias: biasRows == 2 ? wave(3, 2, 2 * gates) : wave(3, 2 * gates))
        case .onnx:
            PackedWeights(
                input: wave(1, 1, 2 * gates, 3), recurrent: wave(2, 1, 2 * gates, 2), bias: wave(3, 1, 4 * gates))
        }
    }

    private static func report<Cell: RecurrentCell>(
        _ weights: PackedWeights, _ cell: Cell, _ outputs: [Double], tolerance: Double = 1e-6
    ) -> LayoutReport<Cell> where Cell.Scalar == Double {
        checkLayouts(
            of: weights, in: cell, inputs: wave(0.5, 3, 2, 3),
            expecting: Tensor(shape: [3, 2, 2], scalars: outputs), tolerance: tolerance)
    }

    private static let lstmCell = LSTMCell<Double>(inputSize: 3, hiddenSize: 2)
    private static let gruCell = GRUCell<Double>(inputSize: 3, hiddenSize: 2)
    private static let gruCellWithResetBefore = GRUCell<Double>(inputSize: 3, hiddenSize: 2, reset: .beforeProduct)

    @Test(arguments: PackedLayout.allCases)
    func lstm(layout: PackedLayout) throws {
        let report = Self.report(Self.weights(layout, gates: 4), Self.lstmCell, try #require(lstmOutputs[layout]))
        #expect(report.matches == [layout] && report.order == layout.order(of: Gated<LSTMGate, Double>.blockNames))
        let outputs = Recurrent(try #require(report.cell))(Self.wave(0.5, 3, 2, 3)).outputs.scalars
        #expect(zip(outputs, lstmOutputs[layout]!).allSatisfy { abs($0 - $1) < 1e-7 })
        #expect("\(report)".hasPrefix("Layout: equals \(layout.rawValue)'s order ("), "\(report)")
    }

    @Test(arguments: PackedLayout.allCases)
    func gru(layout: PackedLayout) throws {
        let weights = Self.weights(layout, gates: 3, biasRows: 2)
        let report = Self.report(weights, Self.gruCell, try #require(gruOutputs[layout]))
        #expect(report.matches == [layout], "\(report)")
        #expect(report.order == (layout == .pyTorch ? ["reset", "update"] : ["update", "reset"]) + ["candidate"])
        // The other place of the reset is no layout's fault.
        #expect(Self.report(weights, Self.gruCellWithResetBefore, gruOutputs[layout]!).order == nil)
    }

    @Test(arguments: [PackedLayout.keras, .onnx])
    func gruWithResetBeforeTheProduct(layout: PackedLayout) throws {
        let report = Self.report(
            Self.weights(layout, gates: 3), Self.gruCellWithResetBefore, try #require(gruResetBeforeOutputs[layout]))
        #expect(report.matches == [layout], "\(report)")
    }

    @Test func rnnHasOneGate() {
        let cell = withRandomSeed(1) { RNNCell<Double>(inputSize: 3, hiddenSize: 2) }
        let x = Self.wave(0.5, 3, 2, 3)
        let weights = PackedWeights(
            input: cell.input.weights.packed.transposed(), recurrent: cell.recurrent.weights.packed.transposed(),
            bias: cell.input.bias!.packed)
        let report = checkLayouts(
            of: weights, in: RNNCell<Double>(inputSize: 3, hiddenSize: 2), inputs: x,
            expecting: Recurrent(cell)(x).outputs)
        #expect(report.matches == [.pyTorch] && report.order == ["hidden"], "\(report)")
    }

    /// PyTorch's shapes with ONNX's order of gates.
    @Test func orderOfOneFrameworkInTheShapesOfAnother() throws {
        let onnx = Self.weights(.onnx, gates: 4)
        let bias = try #require(onnx.bias)[0].split(count: 2)
        let weights = PackedWeights(
            input: onnx.input[0], recurrent: onnx.recurrent[0], bias: bias[0], recurrentBias: bias[1])
        let report = Self.report(weights, Self.lstmCell, lstmOutputs[.onnx]!)
        #expect(report.matches.isEmpty && report.order == ["input", "output", "forget", "candidate"], "\(report)")
        #expect("\(report)".contains("but the order (input, output, forget, candidate) gives the expected outputs"))
        #expect("\(report)".contains("ONNX: does not fit: W of shape [8, 3] is not of rank 3"))
    }

    // MARK: Cells of a user

    private enum SixGates: String, CaseIterable { case a, b, c, d, e, f }

    /// A cell of six gates, whose parameters have names of their own, and peepholes of two of the gates.
    private struct SixGateCell: RecurrentCell {
        enum Peepholes: String, CaseIterable { case b, e }
        var fromInput = GateProjection<SixGates, Double>(3, 2)
        var fromState = GateProjection<SixGates, Double>(2, 2)
        var peepholes = Gated<Peepholes, Double>(packed: .uniform([4], from: -1))

        func initialState(batchSize: Int) -> Tensor<Double> { .zeros([batchSize, 2]) }

        func step(_ x: Tensor<Double>, _ h: Tensor<Double>) -> (output: Tensor<Double>, state: Tensor<Double>) {
            let (u, v) = (fromInput(x).packed, fromState(h).packed)
            let z = Gated<SixGates, Double>(packed: u + v)
            let gate = sigmoid(z[.a]) * tanh(z[.b] + peepholes[.b] * h)
            let other = sigmoid(z[.c]) * tanh(z[.d]) * 2
            let next = gate + other + sigmoid(z[.e] + peepholes[.e] * h) * h - tanh(z[.f]) / 2
            return (next, next)
        }
    }

    /// A cell's weights as PyTorch packs them, with its gates in another order.
    private static func packed(_ cell: SixGateCell, _ order: [SixGates]) -> PackedWeights {
        func matrix(_ gates: Gated<SixGates, Double>) -> Tensor<Double> {
            concatenate(order.map { gates[$0] }, axis: -1)
        }
        let peepholes = order.compactMap { SixGateCell.Peepholes(rawValue: $0.rawValue) }.map { cell.peepholes[$0] }
        return PackedWeights(
            input: matrix(cell.fromInput.weights).transposed(), recurrent: matrix(cell.fromState.weights).transposed(),
            bias: matrix(cell.fromInput.bias!), recurrentBias: matrix(cell.fromState.bias!),
            others: ["peepholes": concatenate(peepholes)])
    }

    /// Of 720 orders of six gates, any is found: here 30 of them.
    @Test func anyOrderOfManyGates() throws {
        let x = Self.wave(0.5, 3, 2, 3)
        for seed in 0..<30 as Range<UInt64> {
            let cell = withRandomSeed(seed) { SixGateCell() }
            let order = RandomSource(seed: seed &+ 100).permutation(6).map { SixGates.allCases[$0] }
            let report = checkLayouts(
                of: Self.packed(cell, order), in: withRandomSeed(seed &+ 200) { SixGateCell() }, inputs: x,
                expecting: Recurrent(cell)(x).outputs)
            #expect(report.order == order.map(\.rawValue), "\(order): \(report)")
            #expect(report.cell?.peepholes.packed == cell.peepholes.packed)
            #expect(report.cell?.fromState.bias?.packed == cell.fromState.bias?.packed)
        }
    }

    @Test func parametersThatTheCellHasNot() {
        let weights = Self.weights(.keras, gates: 4)
        var odd = weights
        odd.others = ["peephole": .zeros([2])]
        let text = "\(Self.report(odd, Self.lstmCell, lstmOutputs[.keras]!))"
        #expect(text.contains("Keras: does not fit: LSTMCell<Double> has no parameter peephole"), "\(text)")
    }

    @Test func noLayout() {
        let report = Self.report(Self.weights(.keras, gates: 4), Self.lstmCell, lstmOutputs[.pyTorch]!)
        #expect(report.matches.isEmpty && report.order == nil && report.cell == nil)
        #expect("\(report)".hasPrefix("Layout: no order of the gates gives the expected outputs."), "\(report)")
        #expect("\(report)".contains("Keras: deviation"))
    }

    @Test func weightsThatDoNotFit() {
        let odd = PackedWeights(
            input: Self.wave(1, 2, 3, 8), recurrent: Self.wave(2, 1, 8, 2), bias: Self.wave(3, 8),
            recurrentBias: Self.wave(4, 8))
        let text = "\(Self.report(odd, Self.lstmCell, lstmOutputs[.keras]!))"
        #expect(text.contains("PyTorch: does not fit: weight_ih of shape [2, 3, 8] is not of rank 2"), "\(text)")
        #expect(text.contains("ONNX: does not fit: 2 directions; a cell has one"), "\(text)")
        let wide = "\(Self.report(Self.weights(.keras, gates: 3), Self.lstmCell, lstmOutputs[.keras]!))"
        #expect(
            wide.contains("Keras: does not fit: input.weights would have shape [3, 6], and has [3, 8]"), "\(wide)")
        let second = "\(Self.report(Self.weights(.pyTorch, gates: 4), Self.lstmCell, lstmOutputs[.keras]!))"
        #expect(second.contains("Keras: does not fit: there is one bias, and not a second one of shape [8]"))
        let leaky = LeakyCell<Double>(inputSize: 3, hiddenSize: 2)
        let unknown = "\(Self.report(Self.weights(.keras, gates: 2), leaky, lstmOutputs[.keras]!))"
        #expect(unknown.contains("does not fit: it has no order of the gates leak, candidate"), "\(unknown)")
    }

    @Test func outputsOfAnotherShapeTrap() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = checkLayouts(
                of: Self.weights(.keras, gates: 4), in: Self.lstmCell, inputs: Self.wave(0.5, 3, 2, 3),
                expecting: .zeros([3, 2, 4]))
        }
        let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(message.contains("checkLayouts: outputs [3, 2, 4] are expected, and the cell returns [3, 2, 2]"))
    }
}

private let lstmOutputs: [PackedLayout: [Double]] = [
    .pyTorch: [
        -0.5984032829, 0.0142378791, 0.1717510037, 0.1439343954, -0.2062866354, 0.2747980360,
        -0.5650128850, 0.0640161680, 0.1386323249, 0.1627887379, -0.1814547792, 0.2670883524,
    ],
    .keras: [
        -0.0177687002, -0.1317089375, -0.3846789235, -0.0654736250, 0.0287529371, -0.0021748346,
        -0.0727404768, -0.0882232962, -0.3887281046, -0.0633514935, 0.0201553422, 0.0147075826,
    ],
    .onnx: [
        0.0897589549, 0.0187561996, 0.0442278981, 0.0588924177, 0.0424409509, 0.0132829314,
        0.0834332108, 0.1209505275, 0.0439028665, 0.0686161369, 0.0415139273, 0.0165929403,
    ],
]

/// With the reset after the product.
private let gruOutputs: [PackedLayout: [Double]] = [
    .pyTorch: [
        -0.8258370636, -0.0546043091, 0.4483493475, -0.0869182864, -0.3965068766, 0.8531165346,
        -0.7560770433, -0.1197156293, 0.5122635750, 0.0599984023, -0.3623807751, 0.8537435057,
    ],
    .keras: [
        -0.1324821948, 0.1814603062, -0.1433942059, -0.1418630246, -0.2869673601, 0.2785893343,
        -0.2151212600, 0.1403942608, -0.3708664681, 0.0893283163, -0.3409181810, 0.2750487470,
    ],
    .onnx: [
        -0.0506623536, -0.5437764525, 0.0737496763, -0.1241515130, -0.4562954307, -0.2966850102,
        0.0206717700, -0.5524468422, -0.3183313012, -0.3400177956, -0.4107088149, -0.2966583967,
    ],
]

private let gruResetBeforeOutputs: [PackedLayout: [Double]] = [
    .keras: [
        -0.0975185499, 0.4290520672, -0.1935826470, -0.2118052688, -0.2858281053, 0.5084004159,
        -0.1737712556, 0.4154405426, -0.3099233241, 0.1604602104, -0.3167901815, 0.5182764707,
    ],
    .onnx: [
        -0.0513844118, -0.6071354747, -0.0509500802, -0.1849113405, -0.3235711753, -0.4481769204,
        -0.1052492559, -0.6319618225, -0.3345823884, -0.5104702115, -0.3802128136, -0.4727470577,
    ],
]
