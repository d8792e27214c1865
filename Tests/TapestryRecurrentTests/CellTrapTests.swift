import TapestryAutograd
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// What authors of models can do wrong with particular cells.
@Suite struct CellTrapTests {
    static let traps: [ExpectedTrap] = [
        ExpectedTrap("ClockworkRNNCell: the periods [2, 1] must be positive and ascending") {
            _ = ClockworkRNNCell<Float>(inputSize: 2, hiddenSize: 4, periods: [2, 1])
        },
        ExpectedTrap("ClockworkRNNCell: the periods [0, 1] must be positive and ascending") {
            _ = ClockworkRNNCell<Float>(inputSize: 2, hiddenSize: 4, periods: [0, 1])
        },
        ExpectedTrap("ClockworkRNNCell: the periods [] must be positive and ascending, and there must be one") {
            _ = ClockworkRNNCell<Float>(inputSize: 2, hiddenSize: 4, periods: [])
        },
        ExpectedTrap("ClockworkRNNCell: 2 units are too few for 3 modules, with the periods [1, 2, 4]") {
            _ = ClockworkRNNCell<Float>(inputSize: 2, hiddenSize: 2, periods: [1, 2, 4])
        },
        ExpectedTrap("PhasedLSTMCell: an open ratio of 0.0; it must be above 0, and at most 1") {
            _ = PhasedLSTMCell<Float>(inputSize: 2, hiddenSize: 2, openRatio: 0)
        },
        ExpectedTrap("PhasedLSTMCell: times of shape [3, 1] for features of shape [3, 2]: there is one for each row") {
            let cell = PhasedLSTMCell<Float>(inputSize: 2, hiddenSize: 2)
            _ = cell.step(.init(.ones([3, 2]), time: .ones([3, 1])), cell.initialState(batchSize: 3))
        },
        ExpectedTrap("TimeAwareLSTMCell: times of shape [2] for features of shape [3, 2]: there is one for each row") {
            let cell = TimeAwareLSTMCell<Float>(inputSize: 2, hiddenSize: 2)
            _ = cell.step(.init(.ones([3, 2]), elapsed: .ones([2])), cell.initialState(batchSize: 3))
        },
        ExpectedTrap("ConvLSTMCell: maps of [4] with kernels of [3] and [3, 3]: both need a positive extent") {
            _ = ConvLSTMCell<Float>(
                inputChannels: 1, hiddenChannels: 1, size: [4], kernel: [3], recurrentKernel: [3, 3])
        },
        ExpectedTrap("ConvGRUCell: maps of [4, 0] with kernels of [3, 3] and [3, 3]: both need a positive extent") {
            _ = ConvGRUCell<Float>(inputChannels: 1, hiddenChannels: 1, size: [4, 0], kernel: [3, 3])
        },
        ExpectedTrap("gates: the kernel [2] must have an odd extent for each axis, and an axis") {
            _ = ConvGRUCell<Float>(inputChannels: 1, hiddenChannels: 1, size: [4], kernel: [2])
        },
        ExpectedTrap("gates: sizes must not be negative: -1 channels, 2 units") {
            _ = ConvolutionProjection<LSTMGate, Float>(-1, 2, kernel: [3])
        },
        ExpectedTrap("gates: axis 1 of [2, 6, 3] does not divide into the 4 gates of LSTMGate") {
            _ = GatedMaps<LSTMGate, Float>(packed: .zeros([2, 6, 3]))
        },
        ExpectedTrap("ConvLSTMCell: inputs of shape [3, 2, 5] are not maps [batch, channels, axes…] of [2, 4]") {
            let cell = ConvLSTMCell<Float>(inputChannels: 2, hiddenChannels: 1, size: [4], kernel: [3])
            _ = cell.step(.zeros([3, 2, 5]), cell.initialState(batchSize: 3))
        },
        ExpectedTrap("ConvGRUCell: inputs of shape [3, 2] are not maps [batch, channels, axes…] of [2, 4]") {
            let cell = ConvGRUCell<Float>(inputChannels: 2, hiddenChannels: 1, size: [4], kernel: [3])
            _ = cell.step(.zeros([3, 2]), cell.initialState(batchSize: 3))
        },
        ExpectedTrap("batchNorm: -1 features and an ε of 1e-05: neither may be negative") {
            _ = StepwiseBatchNorm<Float>(featureCount: -1)
        },
        ExpectedTrap("updateStatistics: the rate 2.0 is not in 0 … 1") {
            var cell = BatchNormLSTMCell<Float>(inputSize: 2, hiddenSize: 2)
            cell.updateStatistics(over: .ones([2, 2, 2]), rate: 2)
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
