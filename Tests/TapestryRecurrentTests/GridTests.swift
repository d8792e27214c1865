import Foundation
import TapestryAutograd
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// The driver over grids, and Grid LSTM blocks.
@Suite struct GridTests {
    private let cell = withRandomSeed(1) { MultidimensionalLSTMCell<Double>(inputSize: 3, hiddenSize: 2) }
    private let grid = Tensor<Double>.normal([2, 4, 3, 3], using: RandomSource(seed: 2))

    /// Place by place, without diagonals; what is not there is as what lies beyond the border.
    private func placeByPlace(
        _ inputs: Tensor<Double>, from corner: GridCorner, where isThere: (_ row: Int, _ column: Int) -> Bool
    ) -> [[Tensor<Double>?]] {
        let (height, width) = (inputs.shape[1], inputs.shape[2])
        let border = cell.initialState(batchSize: inputs.shape[0])
        var states = [[LSTMState<Double>?]](repeating: Array(repeating: nil, count: width), count: height)
        let rows = corner == .topLeft || corner == .topRight ? Array(0..<height) : (0..<height).reversed()
        let columns = corner == .topLeft || corner == .bottomLeft ? Array(0..<width) : (0..<width).reversed()
        for (r, row) in rows.enumerated() {
            for (c, column) in columns.enumerated() where isThere(row, column) {
                let above = r > 0 ? states[rows[r - 1]][column] : nil
                let left = c > 0 ? states[row][columns[c - 1]] : nil
                let place = GridInput(inputs.slice(axis: 1, at: row).slice(axis: 1, at: column), above: above ?? border)
                states[row][column] = cell.step(place, left ?? border).state
            }
        }
        return states.map { $0.map { $0?.hidden } }
    }

    @Test("diagonals give what going from place to place gives, from each corner", arguments: GridCorner.allCases)
    func diagonals(corner: GridCorner) {
        for (height, width) in [(4, 3), (2, 3), (1, 3), (4, 1), (1, 1)] {
            let inputs = grid.slice(axis: 1, 0..<height).slice(axis: 2, 0..<width)
            let found = GridRecurrent(cell, from: corner)(inputs)
            #expect(found.shape == [2, height, width, 2])
            let expected = placeByPlace(inputs, from: corner) { _, _ in true }
            for row in 0..<height {
                for column in 0..<width {
                    let place = found.slice(axis: 1, at: row).slice(axis: 1, at: column)
                    #expect(
                        place.isClose(to: expected[row][column]!, relativeTolerance: 1e-12, absoluteTolerance: 1e-13),
                        "\(row), \(column)")
                }
            }
        }
    }

    @Test("a grid of one row is the peephole LSTM, and so is one of one column")
    func rows() {
        var lstm = PeepholeLSTMCell<Double>(inputSize: 3, hiddenSize: 2)
        func set(_ recurrent: GateProjection<MultidimensionalLSTMGate, Double>, _ forget: MultidimensionalLSTMGate) {
            for (gate, other) in [
                (LSTMGate.forget, forget), (.input, .input), (.candidate, .candidate), (.output, .output),
            ] {
                lstm.input.weights[gate] = cell.input.weights[other]
                lstm.input.bias![gate] = cell.input.bias![other]
                lstm.recurrent.weights[gate] = recurrent.weights[other]
            }
        }
        (lstm.inputPeephole, lstm.outputPeephole) = (cell.inputPeephole, cell.outputPeephole)
        set(cell.horizontal, .horizontalForget)
        lstm.forgetPeephole = cell.horizontalForgetPeephole
        let row = grid.slice(axis: 1, 0..<1)
        let alongRow = Recurrent(lstm, batchFirst: true)(row.squeezed(axes: [1])).outputs
        #expect(
            GridRecurrent(cell)(row).squeezed(axes: [1]).isClose(
                to: alongRow, relativeTolerance: 1e-13, absoluteTolerance: 1e-13))
        set(cell.vertical, .verticalForget)
        lstm.forgetPeephole = cell.verticalForgetPeephole
        let column = grid.slice(axis: 2, 0..<1)
        let alongColumn = Recurrent(lstm, batchFirst: true, isReversed: true)(column.squeezed(axes: [2])).outputs
        let found = GridRecurrent(cell, from: .bottomRight)(column).squeezed(axes: [2])
        #expect(found.isClose(to: alongColumn, relativeTolerance: 1e-13, absoluteTolerance: 1e-13))
    }

    @Test("what is not there reaches nothing, from each corner", arguments: GridCorner.allCases)
    func masks(corner: GridCorner) {
        // The first grid is 2 × 2, and the second has a hole.
        func isThere(_ number: Int, _ row: Int, _ column: Int) -> Bool {
            number == 0 ? row < 2 && column < 2 : (row, column) != (1, 1)
        }
        let places = (0..<2).flatMap { n in (0..<4).flatMap { r in (0..<3).map { isThere(n, r, $0) } } }
        let mask = Tensor<Bool>(shape: [2, 4, 3], scalars: places)
        let poisoned = select(mask.unsqueezed(axis: 3), grid, Tensor(.nan))
        let layer = GridRecurrent(cell, from: corner)
        let found = layer(poisoned, mask: mask)
        for number in 0..<2 {
            let alone = placeByPlace(grid.slice(axis: 0, number..<number + 1), from: corner) { isThere(number, $0, $1) }
            for row in 0..<4 {
                for column in 0..<3 {
                    let expected = alone[row][column]?[0] ?? .zeros([2])
                    #expect(
                        found[number, row, column].isClose(
                            to: expected, relativeTolerance: 1e-12, absoluteTolerance: 1e-13),
                        "\(number), \(row), \(column)")
                }
            }
        }
        let small = layer(grid[0..<1].slice(axis: 1, 0..<2).slice(axis: 2, 0..<2))
        #expect(
            found[0..<1].slice(axis: 1, 0..<2).slice(axis: 2, 0..<2).isClose(
                to: small, relativeTolerance: 1e-12, absoluteTolerance: 1e-13))
        let gradient = gradient(at: poisoned) { square(layer($0, mask: mask)).sum() }
        let isZero = select(mask.unsqueezed(axis: 3), Tensor(0), gradient) .== 0
        #expect(gradient.scalars.allSatisfy { $0.isFinite } && isZero.scalars.allSatisfy { $0 })
    }

    @Test("four directions lie side by side, each with parameters of its own")
    func directions() {
        let layer = withRandomSeed(5) {
            FourDirections { _ in MultidimensionalLSTMCell<Double>(inputSize: 3, hiddenSize: 2) }
        }
        let outputs = layer(grid)
        #expect(outputs.shape == [2, 4, 3, 8])
        for (number, corner) in GridCorner.allCases.enumerated() {
            let alone = GridRecurrent(layer.layers[number].cell, from: corner)(grid)
            #expect(outputs.slice(axis: 3, 2 * number..<2 * number + 2) == alone)
        }
        #expect(layer.layers[0].cell.input.weights.packed != layer.layers[3].cell.input.weights.packed)
        // Every place sees every other.
        let far = gradient(at: grid) { square(layer($0)[0, 0, 0]).sum() }
        #expect(far[0].scalars.allSatisfy { $0 != 0 } && far[1].scalars.allSatisfy { $0 == 0 })
    }

    @Test("a block of one dimension, and of three, follows the equations")
    func blocks() {
        for (count, shares) in [(1, false), (3, false), (3, true)] {
            let block = withRandomSeed(7) {
                GridLSTMBlock<Double>(dimensionCount: count, hiddenSize: 2, sharesWeights: shares)
            }
            #expect(block.projections.count == (shares ? 1 : count))
            let states = (0..<count).map { number in
                LSTMState<Double>(
                    hidden: .normal([2, 2], using: RandomSource(seed: UInt64(number))),
                    cell: .normal([2, 2], using: RandomSource(seed: UInt64(10 + number))))
            }
            let found = block(states)
            for dimension in 0..<count {
                let projection = block.projections[shares ? 0 : dimension]
                for row in 0..<2 {
                    let all = states.flatMap { $0.hidden[row].scalars }
                    for unit in 0..<2 {
                        func z(_ gate: LSTMGate) -> Double {
                            let bias = projection.bias![gate][unit].scalar
                            return all.indices.reduce(bias) { $0 + all[$1] * projection.weights[gate][$1, unit].scalar }
                        }
                        func σ(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
                        let kept = σ(z(.forget)) * states[dimension].cell[row, unit].scalar
                        let memory = kept + σ(z(.input)) * tanh(z(.candidate))
                        #expect(abs(found[dimension].cell[row, unit].scalar - memory) < 1e-13)
                        let hidden = tanh(σ(z(.output)) * memory)
                        #expect(abs(found[dimension].hidden[row, unit].scalar - hidden) < 1e-13)
                    }
                }
            }
        }
    }

    static let traps: [ExpectedTrap] = [
        ExpectedTrap("grid: inputs of shape [2, 3, 4] are not [batch, height, width, features] with a place") {
            _ = GridRecurrent(MultidimensionalLSTMCell<Float>(inputSize: 4, hiddenSize: 2))(.zeros([2, 3, 4]))
        },
        ExpectedTrap("grid: inputs of shape [2, 3, 0, 4] are not [batch, height, width, features] with a place") {
            _ = GridRecurrent(MultidimensionalLSTMCell<Float>(inputSize: 4, hiddenSize: 2))(.zeros([2, 3, 0, 4]))
        },
        ExpectedTrap("grid: a mask of shape [2, 3, 4] for inputs of shape [2, 4, 3, 1]") {
            _ = GridRecurrent(MultidimensionalLSTMCell<Float>(inputSize: 1, hiddenSize: 2))(
                .zeros([2, 4, 3, 1]), mask: Tensor(repeating: true, shape: [2, 3, 4]))
        },
        ExpectedTrap("GridLSTMBlock: sizes must be positive: dimensions 0, hidden 2") {
            _ = GridLSTMBlock<Float>(dimensionCount: 0, hiddenSize: 2)
        },
        ExpectedTrap("GridLSTMBlock: 1 states for 2 dimensions") {
            _ = GridLSTMBlock<Float>(dimensionCount: 2, hiddenSize: 2)(
                [LSTMState(hidden: .zeros([1, 2]), cell: .zeros([1, 2]))])
        },
        ExpectedTrap("GridLSTMCell: a depth of 0; it must be at least 1") {
            _ = GridLSTMCell<Float>(inputSize: 2, hiddenSize: 2, depth: 0)
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
