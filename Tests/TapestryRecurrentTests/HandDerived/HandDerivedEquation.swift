import TapestryHandDerivedCells
import TapestryTestSupport

/// One equation of a cell by hand, at the operands and the cotangent of a golden case: its value, and the gradient of
/// each operand by the operand's name.
struct HandDerivedEquation {
    var value: [Double]
    var gradients: [String: [Double]]

    init(_ golden: GoldenCase) {
        switch golden.operation {
        case "lstm.cell": self.init(cellOfLSTM: golden)
        case "lstm.hidden": self.init(hiddenOfLSTM: golden)
        case "gru.hidden": self.init(hiddenOfGRU: golden)
        case "gru.candidate": self.init(candidateOfGRU: golden)
        case "lstm.candidate": self.init(gate: .tanh, golden)
        case "rnn.hidden": self.init(gate: golden.setting("activation") == "relu" ? .relu : .tanh, golden)
        default: self.init(gate: .sigmoid, golden)
        }
    }

    /// activation(x·W + h'·U + b)
    private init(gate activation: HandDerivedActivation, _ golden: GoldenCase) {
        let name = String(golden.part!)
        let gate = golden.gate(name)
        let (x, h) = (golden.inputs["x"]!.matrix, golden.inputs["previousHidden"]!.matrix)
        let result = gate.value(activation, x: x, h: h)
        var gradient = gate
        gradient.clear()
        let back = gate.backward(
            activation, x: x, h: h, value: result, cotangent: golden.cotangents[0].matrix, gradient: &gradient)
        value = result.flatMap { $0 }
        gradients = gradient.blocks(of: name)
        gradients["x"] = back.x.flatMap { $0 }
        gradients["previousHidden"] = back.h.flatMap { $0 }
    }

    private init(candidateOfGRU golden: GoldenCase) {
        let reset = HandDerivedGRU.Reset(rawValue: golden.setting("reset"))!
        let cell = HandDerivedGRU(reset: reset)
        let gate = golden.gate("candidate")
        let (x, h) = (golden.inputs["x"]!.matrix, golden.inputs["previousHidden"]!.matrix)
        let r = golden.inputs["reset"]!.matrix
        let result = cell.candidate(gate, x: x, previousHidden: h, reset: r)
        var gradient = gate
        gradient.clear()
        let back = cell.candidateBackward(
            gate, x: x, previousHidden: h, reset: r, value: result, cotangent: golden.cotangents[0].matrix,
            gradient: &gradient)
        value = result.flatMap { $0 }
        gradients = gradient.blocks(of: "candidate")
        gradients["x"] = back.x.flatMap { $0 }
        gradients["previousHidden"] = back.previousHidden.flatMap { $0 }
        gradients["reset"] = back.reset.flatMap { $0 }
    }

    private init(cellOfLSTM golden: GoldenCase) {
        let (f, i) = (golden.inputs["forget"]!.scalars, golden.inputs["input"]!.scalars)
        let (candidate, previous) = (golden.inputs["candidate"]!.scalars, golden.inputs["previousCell"]!.scalars)
        let cotangents = golden.cotangents[0].scalars
        let derivatives = f.indices.map {
            HandDerivedLSTM.cellDerivatives(
                forget: f[$0], input: i[$0], candidate: candidate[$0], previousCell: previous[$0],
                cotangent: cotangents[$0])
        }
        let equations = HandDerivedLSTM.Equations()
        value = f.indices.map { equations.cell(f[$0], i[$0], candidate[$0], previous[$0]) }
        gradients = [
            "forget": derivatives.map(\.forget), "input": derivatives.map(\.input),
            "candidate": derivatives.map(\.candidate), "previousCell": derivatives.map(\.previousCell),
        ]
    }

    private init(hiddenOfLSTM golden: GoldenCase) {
        let (o, c) = (golden.inputs["output"]!.scalars, golden.inputs["cell"]!.scalars)
        let cotangents = golden.cotangents[0].scalars
        let derivatives = o.indices.map {
            HandDerivedLSTM.hiddenDerivatives(output: o[$0], cell: c[$0], cotangent: cotangents[$0])
        }
        let equations = HandDerivedLSTM.Equations()
        // The right equation must not depend on the previous cell state: NaN would show.
        value = o.indices.map { equations.hidden(o[$0], c[$0], .nan) }
        gradients = ["output": derivatives.map(\.output), "cell": derivatives.map(\.cell)]
    }

    private init(hiddenOfGRU golden: GoldenCase) {
        let (z, n) = (golden.inputs["update"]!.scalars, golden.inputs["candidate"]!.scalars)
        let h = golden.inputs["previousHidden"]!.scalars
        let cotangents = golden.cotangents[0].scalars
        let derivatives = z.indices.map {
            HandDerivedGRU.hiddenDerivatives(
                update: z[$0], candidate: n[$0], previousHidden: h[$0], cotangent: cotangents[$0])
        }
        let equations = HandDerivedGRU.Equations()
        value = z.indices.map { equations.hidden(z[$0], n[$0], h[$0]) }
        gradients = [
            "update": derivatives.map(\.update), "candidate": derivatives.map(\.candidate),
            "previousHidden": derivatives.map(\.previousHidden),
        ]
    }
}

extension GoldenCase {
    /// An attribute that every case of the operation has.
    fileprivate func setting(_ name: String) -> String { attributes[name]!.value()! }
}

extension GateParameters {
    /// The parameters by the names that the golden files use, row-major.
    fileprivate func blocks(of gate: String) -> [String: [Double]] {
        var blocks = [
            "\(gate).inputWeights": inputWeights.flatMap { $0 },
            "\(gate).recurrentWeights": recurrentWeights.flatMap { $0 },
            "\(gate).bias": bias,
        ]
        if !recurrentBias.isEmpty { blocks["\(gate).recurrentBias"] = recurrentBias }
        return blocks
    }
}
