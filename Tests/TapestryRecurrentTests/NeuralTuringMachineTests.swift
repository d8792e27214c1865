import TapestryAutograd
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// What a neural Turing machine does with its memory.
@Suite struct NeuralTuringMachineTests {
    @Test("weightings stay positive, and add up to 1", arguments: [1.0, 50.0])
    func weightings(scale: Double) {
        var cell = withRandomSeed(1) {
            NeuralTuringMachineCell<Float>(
                inputSize: 3, controllerSize: 4, outputSize: 2, locationCount: 20, locationSize: 5, readHeadCount: 2,
                writeHeadCount: 3, shiftRange: 2)
        }
        cell = cell.scaled(by: scale)
        let inputs = Tensor<Float>.normal([30, 2, 3], using: RandomSource(seed: 2))
        var state = cell.initialState(batchSize: 2)
        for t in 0..<30 {
            state = cell.step(inputs[t], state).state
            let sums = state.weightings.sum(axes: [2])
            #expect(sums.isClose(to: Tensor.ones([2, 5]), relativeTolerance: 1e-5), "step \(t)")
            #expect(state.weightings.scalars.allSatisfy { $0 >= 0 })
        }
        let gradient = gradient(at: cell) { square(Recurrent($0)(inputs).outputs).sum() }
        #expect(gradient.parameters.allSatisfy { $0.tensor(as: Float.self).scalars.allSatisfy { $0.isFinite } })
    }

    /// A machine that copies: its write head moves on by one location in every step of the first phase, and its read head in
    /// every step of the second. Inputs are the numbers of an item, and one flag for each phase.
    private func copier(itemSize: Int) -> NeuralTuringMachineCell<Double> {
        let (writes, reads) = (itemSize, itemSize + 1)
        var cell = NeuralTuringMachineCell<Double>(
            inputSize: itemSize + 2, controllerSize: itemSize + 2, outputSize: itemSize, locationCount: 8,
            locationSize: itemSize
        ).zerosLike
        // The controller hands its input on, each number as tanh(tanh(x)), and forgets what was before.
        let units = itemSize + 2
        for unit in 0..<units { cell.controller.input.weights[.candidate][unit, unit] = Tensor(1) }
        cell.controller.input.bias![.forget] = Tensor(repeating: -100, shape: [units])
        cell.controller.input.bias![.input] = Tensor(repeating: 100, shape: [units])
        cell.controller.input.bias![.output] = Tensor(repeating: 100, shape: [units])
        // Where a head was before, and shifts of −1, 0 and 1: of the read head first.
        cell.gate.bias = Tensor(repeating: -100, shape: [2])
        cell.sharpening.bias = Tensor(repeating: 10, shape: [2])
        cell.shift.weights[writes, 1] = Tensor(100)
        cell.shift.weights[writes, 5] = Tensor(100)
        cell.shift.weights[reads, 2] = Tensor(100)
        cell.shift.weights[reads, 4] = Tensor(100)
        for column in 0..<itemSize {
            cell.erase.weights[writes, column] = Tensor(200)
            cell.add.weights[column, column] = Tensor(1)
            cell.output.weights[units + column, column] = Tensor(1)
        }
        cell.erase.bias = Tensor(repeating: -50, shape: [itemSize])
        return cell
    }

    @Test("a machine whose parameters are set by hand copies what it was shown")
    func copies() {
        let items = Tensor<Double>.uniform([5, 2, 3], from: -1, using: RandomSource(seed: 3))
        let flags = Tensor<Double>.ones([5, 2, 1])
        let shown = concatenate([items, flags, 0 * flags], axis: 2)
        let asked = concatenate([0 * items, 0 * flags, flags], axis: 2)
        let result = Recurrent(copier(itemSize: 3))(concatenate([shown, asked]))
        let expected = tanh(tanh(items))
        #expect(result.outputs[5..<10].isClose(to: expected, absoluteTolerance: 1e-9))
        #expect(!result.outputs[0..<5].isClose(to: expected, absoluteTolerance: 1e-2))
        // Both heads stand at the last item, at location 5.
        let places = result.finalState.weightings.argMax(axis: 2)
        #expect(places == Tensor<Int32>(repeating: 5, shape: [2, 2]))
    }

    @Test("a key that a location holds finds it, the more so the greater its strength")
    func content() {
        let cell = copier(itemSize: 3)
        let memory = Tensor<Double>.normal([1, 8, 3], using: RandomSource(seed: 4))
        let key = 2 * memory.slice(axis: 1, 6..<7)
        let weak = cell.contentWeighting(key, Tensor([[[1]]]), memory)
        let strong = cell.contentWeighting(key, Tensor([[[100]]]), memory)
        #expect(weak.argMax(axis: 2)[0, 0].scalar == 6)
        #expect(strong[0, 0, 6].scalar > weak[0, 0, 6].scalar && strong[0, 0, 6].scalar > 0.9)
    }

    static let traps: [ExpectedTrap] = [
        ExpectedTrap("NeuralTuringMachineCell: shifts by 2 in both directions among 4 locations") {
            _ = NeuralTuringMachineCell<Float>(
                inputSize: 1, controllerSize: 1, outputSize: 1, locationCount: 4, locationSize: 1, shiftRange: 2)
        },
        ExpectedTrap(
            "NeuralTuringMachineCell: sizes must be positive: controller 1, locations 4, numbers of a location 1, read heads 0"
        ) {
            _ = NeuralTuringMachineCell<Float>(
                inputSize: 1, controllerSize: 1, outputSize: 1, locationCount: 4, locationSize: 1, readHeadCount: 0)
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
