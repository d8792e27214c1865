import Foundation
import Tapestry

// Cells whose states are maps, in row-major order of channel, row and column. Maps of one axis have one row.

/// The extents of maps and kernels: `[width]`, or `[height, width]`.
public struct ScalarGrid: Sendable {
    /// Of the maps.
    public let size: [Int]
    /// Of the kernels over inputs and over states.
    public let kernel, recurrentKernel: [Int]

    /// Extents of one or two axes.
    public init(size: [Int], kernel: [Int], recurrentKernel: [Int]) {
        self.size = size
        self.kernel = kernel
        self.recurrentKernel = recurrentKernel
    }

    /// The number of places of a map.
    private var area: Int { size.reduce(1, *) }

    /// Height and width: maps of one axis have one row.
    private func plane(_ extents: [Int]) -> (height: Int, width: Int) {
        (extents.dropLast().first ?? 1, extents.last ?? 1)
    }

    /// A sum over what a kernel meets around every place, with zeros outside: Σ w[channel, row, column, unit] ·
    /// x[channel, …].
    func convolved(_ x: [Double], _ weights: [Double], _ kernel: [Int]) -> [Double] {
        let (size, kernel) = (plane(size), plane(kernel))
        let channels = x.count / area
        let units = weights.count / (channels * kernel.height * kernel.width)
        var y = [Double](repeating: 0, count: units * area)
        for unit in 0..<units {
            for row in 0..<size.height {
                for column in 0..<size.width {
                    var sum = 0.0
                    for channel in 0..<channels {
                        for i in 0..<kernel.height {
                            for j in 0..<kernel.width {
                                let (r, c) = (row + i - kernel.height / 2, column + j - kernel.width / 2)
                                if r < 0 || r >= size.height || c < 0 || c >= size.width { continue }
                                let place = (channel * kernel.height + i) * kernel.width + j
                                sum += weights[place * units + unit] * x[channel * area + r * size.width + c]
                            }
                        }
                    }
                    y[unit * area + row * size.width + column] = sum
                }
            }
        }
        return y
    }

    /// W ∗ x + U ∗ h + b of one gate.
    func preactivation(_ step: EquationStep, _ gate: String, _ h: [Double]) -> [Double] {
        let w = convolved(step.input, step.vector("input.weights", gate: gate), kernel)
        let u = convolved(h, step.vector("recurrent.weights", gate: gate), recurrentKernel)
        let b = step.vector("input.bias", gate: gate)
        return w.indices.map { w[$0] + u[$0] + b[$0 / area] }
    }
}

extension CellEquations {
    /// `ConvLSTMCell`: X. Shi et al., "Convolutional LSTM network", 2015.
    public static func convLSTM(_ grid: ScalarGrid, peepholes: Bool) -> Equations {
        { step in
            let (h, c) = (step.previous("hidden"), step.previous("cell"))
            func gate(_ name: String, _ seen: [Double]) -> [Double] {
                let z = grid.preactivation(step, name, h)
                if !peepholes { return z.map(sigmoid) }
                let p = step.vector("\(name)Peephole")
                return z.indices.map { sigmoid(z[$0] + p[$0] * seen[$0]) }
            }
            let f = step.yield("forget", gate("forget", c))
            let i = step.yield("input", gate("input", c))
            let candidate = step.yield("candidate", grid.preactivation(step, "candidate", h).map(tanh))
            let cell = step.yield("cell", c.indices.map { f[$0] * c[$0] + i[$0] * candidate[$0] })
            let o = step.yield("output", gate("output", cell))
            let hidden = step.yield("hidden", c.indices.map { o[$0] * tanh(cell[$0]) })
            return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
        }
    }

    /// `ConvGRUCell`: N. Ballas et al., "Delving deeper into convolutional networks for learning video
    /// representations", 2016.
    public static func convGRU(_ grid: ScalarGrid) -> Equations {
        { step in
            let h = step.previous()
            let r = step.yield("reset", grid.preactivation(step, "reset", h).map(sigmoid))
            let z = step.yield("update", grid.preactivation(step, "update", h).map(sigmoid))
            let kept = h.indices.map { r[$0] * h[$0] }
            let candidate = step.yield("candidate", grid.preactivation(step, "candidate", kept).map(tanh))
            let hidden = step.yield("hidden", h.indices.map { (1 - z[$0]) * h[$0] + z[$0] * candidate[$0] })
            return EquationResult(output: hidden, state: hidden)
        }
    }
}
