import Foundation
import Tapestry

/// The tree LSTMs of K. S. Tai, R. Socher and C. D. Manning, 2015, one node and one unit at a time, in plain numbers.
struct ScalarTreeLSTM {
    /// What is computed at a node, by name; the forget gates of all children in a row.
    typealias Values = [String: [Double]]

    /// Of one gate: x · W, h · U and b.
    let parents: [Int?]
    let inputs: [[Double]]

    func children(of node: Int) -> [Int] { parents.indices.filter { parents[$0] == node } }

    /// Equations 2 to 8.
    func childSum(_ cell: ChildSumTreeLSTMCell<Double>, at node: Int) -> Values {
        let below = children(of: node).map { childSum(cell, at: $0) }
        let units = cell.recurrent.unitCount
        let (x, b) = (inputs[node], cell.input.bias!)
        let hSum = (0..<units).map { unit in below.reduce(0) { $0 + $1["hidden"]![unit] } }
        func z(_ gate: LSTMGate, _ h: [Double], _ unit: Int) -> Double {
            b[gate][unit].scalar + product(x, cell.input.weights[gate], unit)
                + product(h, cell.recurrent.weights[gate], unit)
        }
        func gate(_ gate: LSTMGate) -> [Double] { (0..<units).map { sigmoid(z(gate, hSum, $0)) } }
        var values: Values = ["input": gate(.input), "output": gate(.output)]
        values["candidate"] = (0..<units).map { tanh(z(.candidate, hSum, $0)) }
        let forget = below.map { child in (0..<units).map { sigmoid(z(.forget, child["hidden"]!, $0)) } }
        values["forget"] = forget.flatMap { $0 }
        return finished(values, zip(forget, below.map { $0["cell"]! }).map { ($0, $1) })
    }

    /// Equations 9 to 14 with N = 2.
    func binary(_ cell: BinaryTreeLSTMCell<Double>, at node: Int) -> Values {
        let units = cell.left.unitCount
        let nothing: Values = [
            "hidden": [Double](repeating: 0, count: units), "cell": [Double](repeating: 0, count: units),
        ]
        let below = children(of: node).map { binary(cell, at: $0) } + [nothing, nothing]
        let (left, right, x, b) = (below[0], below[1], inputs[node], cell.input.bias!)
        func z(_ gate: LSTMGate, _ recurrent: BinaryTreeLSTMGate, _ unit: Int) -> Double {
            let fromLeft = product(left["hidden"]!, cell.left.weights[recurrent], unit)
            let fromRight = product(right["hidden"]!, cell.right.weights[recurrent], unit)
            return b[gate][unit].scalar + product(x, cell.input.weights[gate], unit) + fromLeft + fromRight
        }
        func gate(_ gate: LSTMGate, _ recurrent: BinaryTreeLSTMGate) -> [Double] {
            (0..<units).map { sigmoid(z(gate, recurrent, $0)) }
        }
        var values: Values = ["input": gate(.input, .input), "output": gate(.output, .output)]
        values["candidate"] = (0..<units).map { tanh(z(.candidate, .candidate, $0)) }
        values["left forget"] = gate(.forget, .leftForget)
        values["right forget"] = gate(.forget, .rightForget)
        return finished(values, [(values["left forget"]!, left["cell"]!), (values["right forget"]!, right["cell"]!)])
    }

    /// The cell state, of which each child's forget gate keeps that of the child, and the hidden state.
    private func finished(_ values: Values, _ kept: [(forget: [Double], cell: [Double])]) -> Values {
        var values = values
        let (i, candidate, o) = (values["input"]!, values["candidate"]!, values["output"]!)
        let cell = i.indices.map { unit in
            kept.reduce(i[unit] * candidate[unit]) { $0 + $1.forget[unit] * $1.cell[unit] }
        }
        values["cell"] = cell
        values["hidden"] = cell.indices.map { o[$0] * tanh(cell[$0]) }
        return values
    }

    private func product(_ x: [Double], _ weights: Tensor<Double>, _ unit: Int) -> Double {
        x.indices.reduce(0) { $0 + x[$1] * weights[$1, unit].scalar }
    }
}
