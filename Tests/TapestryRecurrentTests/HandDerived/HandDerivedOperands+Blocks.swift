import TapestryHandDerivedCells

/// The operands as flat blocks with the names that the golden files use, to compare and to perturb them one by one.
extension HandDerivedOperands {
    var blockNames: [String] {
        var names = ["x", "initialHidden"]
        if !initial.cell.isEmpty {
            names.append("initialCell")
        }
        for (gate, path) in Parameters.gates {
            names += ["\(gate).inputWeights", "\(gate).recurrentWeights", "\(gate).bias"]
            if !parameters[keyPath: path].recurrentBias.isEmpty {
                names.append("\(gate).recurrentBias")
            }
        }
        return names
    }

    /// The block of that name, row-major.
    subscript(block name: String) -> [Double] {
        get {
            switch name {
            case "x": return inputs.flatMap { $0.flatMap { $0 } }
            case "initialHidden": return initial.hidden.flatMap { $0 }
            case "initialCell": return initial.cell.flatMap { $0 }
            default:
                let (path, part) = Self.parameter(name)
                let gate = parameters[keyPath: path]
                switch part {
                case "inputWeights": return gate.inputWeights.flatMap { $0 }
                case "recurrentWeights": return gate.recurrentWeights.flatMap { $0 }
                case "recurrentBias": return gate.recurrentBias
                default: return gate.bias
                }
            }
        }
        set {
            switch name {
            case "x":
                let rows = newValue.rows(of: inputs[0][0].count)
                for time in inputs.indices {
                    let batch = inputs[time].count
                    inputs[time] = Array(rows[time * batch..<(time + 1) * batch])
                }
            case "initialHidden": initial.hidden = newValue.rows(of: initial.hidden[0].count)
            case "initialCell": initial.cell = newValue.rows(of: initial.cell[0].count)
            default:
                let (path, part) = Self.parameter(name)
                switch part {
                case "inputWeights": parameters[keyPath: path].inputWeights = newValue.rows(of: hiddenSize)
                case "recurrentWeights": parameters[keyPath: path].recurrentWeights = newValue.rows(of: hiddenSize)
                case "recurrentBias": parameters[keyPath: path].recurrentBias = newValue
                default: parameters[keyPath: path].bias = newValue
                }
            }
        }
    }

    private var hiddenSize: Int { initial.hidden[0].count }

    /// The gate and the part of it that `forget.inputWeights` and the like name.
    private static func parameter(_ name: String) -> (WritableKeyPath<Parameters, GateParameters>, Substring) {
        let parts = name.split(separator: ".")
        guard parts.count == 2, let gate = Parameters.gates.first(where: { $0.name == parts[0] }),
            ["inputWeights", "recurrentWeights", "bias", "recurrentBias"].contains(parts[1])
        else { preconditionFailure("no block is called \(name)") }
        return (gate.path, parts[1])
    }
}
