import Foundation
import TapestryAutograd
import TapestryLayers
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// Cells against the layers of other frameworks, on inputs and weights w_k = sin(0.7 k + s), with the numbers that
/// Tests/Goldens/cells.py prints. Keras has the gates of an LSTM in the order i, f, c, o, and channels
/// last.
@Suite struct FrameworkCellTests {
    private static func wave(_ start: Double, _ shape: Int...) -> Tensor<Double> {
        let count = shape.reduce(1, *)
        return Tensor(shape: shape, scalars: (0..<count).map { sin(0.7 * Double($0) + start) })
    }

    /// Blocks of the last axis in Keras's order as gates.
    private static func gated<Gate: GateName>(_ packed: Tensor<Double>, _ order: [Gate]) -> Gated<Gate, Double>
    where Gate.RawValue == String {
        let blocks = packed.split(count: order.count, axis: -1)
        return Gated(packed: concatenate(Gate.allCases.map { blocks[order.firstIndex(of: $0)!] }, axis: -1))
    }

    private static let lstmOrder: [LSTMGate] = [.input, .forget, .candidate, .output]

    private static func kerasArrays(gates: Int, bias: [Int]) -> [String: Tensor<Double>] {
        [
            "kernel": wave(1, 2, 2 * gates), "recurrent_kernel": wave(2, 2, 2 * gates),
            "bias": wave(3, bias.reduce(1, *)).reshaped(to: bias),
        ]
    }

    private static func expect(_ outputs: Tensor<Double>, _ expected: [Double]) {
        #expect(outputs.count == expected.count)
        #expect(zip(outputs.scalars, expected).allSatisfy { abs($0 - $1) < 1e-9 }, "\(outputs)")
    }

    @Test func convLSTM1D() {
        var cell = ConvLSTMCell<Double>(inputChannels: 2, hiddenChannels: 2, size: [3], kernel: [3])
        cell.input.weights = Self.gated(Self.wave(1, 3, 2, 8).permuted([1, 0, 2]), Self.lstmOrder)
        cell.recurrent.weights = Self.gated(Self.wave(2, 3, 2, 8).permuted([1, 0, 2]), Self.lstmOrder)
        cell.input.bias = Self.gated(Self.wave(3, 8), Self.lstmOrder)
        Self.expect(Recurrent(cell)(Self.wave(0.5, 2, 2, 2, 3)).outputs, convLSTM1DOutputs)
    }

    @Test func convLSTM2D() {
        var cell = ConvLSTMCell<Double>(inputChannels: 2, hiddenChannels: 2, size: [2, 2], kernel: [3, 1])
        cell.input.weights = Self.gated(Self.wave(1, 3, 1, 2, 8).permuted([2, 0, 1, 3]), Self.lstmOrder)
        cell.recurrent.weights = Self.gated(Self.wave(2, 3, 1, 2, 8).permuted([2, 0, 1, 3]), Self.lstmOrder)
        cell.input.bias = Self.gated(Self.wave(3, 8), Self.lstmOrder)
        Self.expect(Recurrent(cell)(Self.wave(0.5, 2, 2, 2, 2, 2)).outputs, convLSTM2DOutputs)
    }

    @Test("an LSTM with recurrent_activation and activation of Keras")
    func lstmActivations() throws {
        var cell = LSTMCell<Double>(
            inputSize: 2, hiddenSize: 2, gateActivation: .hardSigmoid(), candidateActivation: .softsign,
            cellActivation: .softsign)
        try cell.load(Self.kerasArrays(gates: 4, bias: [8]), from: .keras)
        Self.expect(Recurrent(cell)(Self.wave(0.5, 2, 2, 2)).outputs, lstmOutputs)
    }

    @Test("a GRU with recurrent_activation and activation of Keras")
    func gruActivations() throws {
        var cell = GRUCell<Double>(
            inputSize: 2, hiddenSize: 2, reset: .afterProduct, gateActivation: .hardSigmoid(),
            candidateActivation: .softsign)
        try cell.load(Self.kerasArrays(gates: 3, bias: [2, 6]), from: .keras)
        Self.expect(Recurrent(cell)(Self.wave(0.5, 2, 2, 2)).outputs, gruOutputs)
    }

    @Test("a plain cell with an activation of Keras")
    func rnnActivation() throws {
        var cell = RNNCell<Double>(inputSize: 2, hiddenSize: 2, activation: .elu())
        try cell.load(Self.kerasArrays(gates: 1, bias: [2]), from: .keras)
        Self.expect(Recurrent(cell)(Self.wave(0.5, 2, 2, 2)).outputs, rnnOutputs)
    }

    @Test("batch normalisation while training, with PyTorch's derivatives, and the statistics of its batch")
    func batchNorm() {
        let order: [LSTMGate] = [.forget, .input, .candidate, .output]
        var cell = BatchNormLSTMCell<Double>(inputSize: 2, hiddenSize: 2)
        cell.input.weights = Self.gated(Self.wave(1, 2, 8), order)
        cell.recurrent.weights = Self.gated(Self.wave(2, 2, 8), order)
        cell.input.bias = Self.gated(Self.wave(3, 8), order)
        (cell.inputNorm.gain, cell.recurrentNorm.gain) = (Self.wave(4, 8), Self.wave(5, 8))
        (cell.cellNorm.gain, cell.cellNorm.bias) = (Self.wave(6, 2), Self.wave(7, 2))
        let inputs = Self.wave(0.5, 2, 3, 2)
        withMode(.training) { Self.expect(Recurrent(cell)(inputs).outputs, batchNormOutputs) }
        let gradient = gradient(at: cell) { square(Recurrent($0)(inputs).outputs).sum() }
        Self.expect(gradient.recurrent.weights.packed, batchNormGradient)
        cell.updateStatistics(over: inputs)
        Self.expect(cell.cellNorm.mean, batchNormMeans)
        Self.expect(cell.cellNorm.variance, batchNormVariances)
    }
}

private let convLSTM1DOutputs = [
    0.1223723990, 0.0372726125, -0.2148926663, 0.1030718649, -0.0711712518, -0.2937132415, -0.3360562898,
    0.1062866479, 0.1230937478, 0.1034365028, 0.0648568642, 0.1105801448, -0.2071033534, -0.4821529651,
    -0.3781889984, -0.3424439808, -0.4865091961, 0.0578970908, 0.0038263305, 0.0829297030, -0.1773075157,
    0.1237878342, -0.0274221624, -0.2977295561,
]

private let convLSTM2DOutputs = [
    0.0349612166, -0.1106177837, -0.2579825105, -0.3561046870, 0.0372840094, -0.1239590249, -0.2533224085,
    -0.2535092619, 0.0965068367, 0.0322703237, -0.1268205682, -0.2605246358, 0.1164332214, 0.0339048193,
    -0.1181846377, -0.2552529886, -0.0346709203, -0.0927678654, -0.1125491159, -0.2301563223, 0.1395349762,
    0.0543057101, -0.0033951332, -0.0349237428, -0.1032118991, -0.0343459855, 0.0218979154, -0.1157761691,
    0.1556305291, 0.1381601764, 0.0651239238, -0.0046301197,
]

private let lstmOutputs = [
    -0.0872040705, -0.1106434619, -0.1052046029, -0.1307635766, -0.0894572877, 0.0369779648, 0.0391014230,
    -0.0143077228,
]

private let gruOutputs = [
    -0.0520828121, -0.0415567910, -0.1327487947, -0.1317663951, -0.1876964873, -0.1343875216, -0.2484488170,
    0.1228276089,
]

private let rnnOutputs = [
    1.1741007736, -0.0155300480, 1.2856062710, 0.4300112447, 0.5687647408, -0.1839179790, -0.1505340593,
    -0.7423061465,
]

private let batchNormOutputs = [
    0.3386005270, 0.4113980982, 0.3913727177, 0.3822014346, 0.2418821149, 0.7740719404, 0.2343158023,
    0.7450566341, 0.4611050253, 0.4274389252, 0.2545044081, 0.3745461495,
]

private let batchNormGradient = [
    -0.0016294691, -0.0003265081, -0.0003328749, 0.0372781861, -0.0208921178, -0.0013933286, 0.0049340434,
    0.0042319199, 0.0015320451, 0.0001546747, -0.0002163510, -0.1141761639, 0.0251668597, 0.0009907097,
    -0.0005883327, 0.0405283757,
]

private let batchNormMeans = [
    -0.0487488435, 0.0305514440, 0.0286945455, 0.0973069173,
]

private let batchNormVariances = [
    0.0140885648, 0.0583245154, 0.0566049738, 0.1192162546,
]
