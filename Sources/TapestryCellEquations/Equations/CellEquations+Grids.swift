import Foundation
import Tapestry

// Cells of grids.

extension CellEquations {
    /// `MultidimensionalLSTMCell`: A. Graves, S. Fernández and J. Schmidhuber, "Multi-dimensional recurrent neural
    /// networks", 2007. A row is a sequence, and what lies above comes with the input.
    public static let multidimensionalLSTM: Equations = { step in
        let (hAbove, cAbove) = (step.input("above.hidden"), step.input("above.cell"))
        let (hLeft, cLeft) = (step.previous("hidden"), step.previous("cell"))
        func z(_ gate: String) -> [Double] {
            let x = step.product(step.input("features"), step.weights("input.weights", gate: gate))
            let a = step.product(hAbove, step.weights("vertical.weights", gate: gate))
            let l = step.product(hLeft, step.weights("horizontal.weights", gate: gate))
            let b = step.vector("input.bias", gate: gate)
            return b.indices.map { x[$0] + a[$0] + l[$0] + b[$0] }
        }
        func seeing(_ cells: [[Double]], _ gate: String) -> [Double] {
            let (z, p) = (z(gate), step.vector("\(gate)Peephole"))
            return z.indices.map { unit in
                sigmoid(cells.reduce(z[unit]) { $0 + p[unit] * $1[unit] })
            }
        }
        let fAbove = step.yield("vertical forget", seeing([cAbove], "verticalForget"))
        let fLeft = step.yield("horizontal forget", seeing([cLeft], "horizontalForget"))
        let i = step.yield("input", seeing([cAbove, cLeft], "input"))
        let candidate = step.yield("candidate", z("candidate").map(tanh))
        let cell = step.yield("cell") { fAbove[$0] * cAbove[$0] + fLeft[$0] * cLeft[$0] + i[$0] * candidate[$0] }
        let o = step.yield("output", seeing([cell], "output"))
        let hidden = step.yield("hidden") { o[$0] * tanh(cell[$0]) }
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }

    /// `GridLSTMCell` of as many layers as its state has, with the projection of each: N. Kalchbrenner, I. Danihelka
    /// and A. Graves, "Grid long short-term memory", 2015.
    public static func gridLSTM(depth: Int, sharesDimensions: Bool, sharesLayers: Bool) -> Equations {
        { step in
            func projected(_ gate: String) -> [Double] {
                let z = step.product(step.input, step.weights("input.weights", gate: gate))
                return zip(z, step.vector("input.bias", gate: gate)).map(+)
            }
            var hUp = step.yield("hidden input", projected("hidden"))
            var mUp = step.yield("memory input", projected("memory"))
            var state: [String: [Double]] = [:]
            for layer in 0..<depth {
                let all = hUp + step.previous("layers.\(layer).hidden")
                func handedOn(_ dimension: Int, _ memory: [Double]) -> (hidden: [Double], memory: [Double]) {
                    let path = "blocks.\(sharesLayers ? 0 : layer).projections.\(sharesDimensions ? 0 : dimension)"
                    func z(_ gate: String) -> [Double] {
                        let z = step.product(all, step.weights("\(path).weights", gate: gate))
                        return zip(z, step.vector("\(path).bias", gate: gate)).map(+)
                    }
                    let f = step.yield("forget", z("forget").map(sigmoid))
                    let i = step.yield("input", z("input").map(sigmoid))
                    let candidate = step.yield("candidate", z("candidate").map(tanh))
                    let next = step.yield("memory") { f[$0] * memory[$0] + i[$0] * candidate[$0] }
                    let o = step.yield("output", z("output").map(sigmoid))
                    return (step.yield("hidden") { tanh(o[$0] * next[$0]) }, next)
                }
                let up = handedOn(0, mUp)
                let onwards = handedOn(1, step.previous("layers.\(layer).cell"))
                (hUp, mUp) = up
                (state["layers.\(layer).hidden"], state["layers.\(layer).cell"]) = onwards
            }
            return EquationResult(output: hUp, state: state)
        }
    }
}
