import TapestryAutograd
import TapestryLayers
import TapestryRecurrent

/// How other frameworks pack the parameters of a recurrent layer, G gates of H units over I features.
public enum PackedLayout: String, Sendable, Hashable, CaseIterable {
    /// `weight_ih_l0` `[G·H, I]`, `weight_hh_l0` `[G·H, H]`, and two biases `[G·H]`, `bias_ih_l0` and `bias_hh_l0`, in
    /// the order i, f, g, o for `torch.nn.LSTM` and r, z, n for `torch.nn.GRU`.
    case pyTorch = "PyTorch"
    /// `kernel` `[I, G·H]`, `recurrent_kernel` `[H, G·H]`, and `bias` `[G·H]`, or `[2, G·H]` for a GRU with
    /// `reset_after`, in the order i, f, c, o for `keras.layers.LSTM` and z, r, h for `keras.layers.GRU`.
    case keras = "Keras"
    /// `W` `[1, G·H, I]`, `R` `[1, G·H, H]` and `B` `[1, 2·G·H]`, the two biases one behind the other, in the order i,
    /// o, f, c for the operator `LSTM` and z, r, h for `GRU`. The first axis is the direction.
    case onnx = "ONNX"

    /// Gates in the order of this framework, by the names that the cells here give them; `nil` if they are not those of
    /// an LSTM, a GRU, or a cell of one gate.
    public func order(of gates: [String]) -> [String]? {
        switch self {
        case .pyTorch: WeightLayout.pyTorch.order(of: gates)
        case .keras: WeightLayout.keras.order(of: gates)
        case .onnx: WeightLayout.onnx.order(of: gates)
        }
    }

    /// Weights of this layout as `[I, G·H]`, `[H, G·H]`, and two biases `[G·H]`, or what does not fit.
    func unpacked(_ weights: PackedWeights) throws(LayoutMismatch) -> UnpackedWeights {
        switch self {
        case .pyTorch:
            try check("weight_ih", weights.input, rank: 2)
            try check("weight_hh", weights.recurrent, rank: 2)
            if let bias = weights.bias { try check("bias_ih", bias, rank: 1) }
            return UnpackedWeights(
                input: weights.input.transposed(), recurrent: weights.recurrent.transposed(), bias: weights.bias,
                recurrentBias: weights.recurrentBias, others: weights.others)
        case .keras:
            try check("kernel", weights.input, rank: 2)
            try check("recurrent_kernel", weights.recurrent, rank: 2)
            if let second = weights.recurrentBias {
                throw LayoutMismatch("there is one bias, and not a second one of shape \(second.shape)")
            }
            let rows = weights.bias.map { $0.rank == 2 ? $0.unstacked() : [$0] } ?? []
            if rows.count > 2 { throw LayoutMismatch("bias of \(rows.count) rows; there are at most 2") }
            return UnpackedWeights(
                input: weights.input, recurrent: weights.recurrent, bias: rows.first,
                recurrentBias: rows.dropFirst().first, others: weights.others)
        case .onnx:
            try check("W", weights.input, rank: 3)
            try check("R", weights.recurrent, rank: 3)
            if weights.input.shape[0] != 1 || weights.recurrent.shape[0] != 1 {
                throw LayoutMismatch("\(weights.input.shape[0]) directions; a cell has one")
            }
            if let second = weights.recurrentBias {
                throw LayoutMismatch("both biases are one tensor, and not a second one of shape \(second.shape)")
            }
            let biases = try weights.bias.map { (bias) throws(LayoutMismatch) in
                try check("B", bias, rank: 2)
                if bias.shape[0] != 1 || bias.shape[1] % 2 != 0 { throw LayoutMismatch("B has shape \(bias.shape)") }
                return bias[0].split(count: 2)
            }
            return UnpackedWeights(
                input: weights.input[0].transposed(), recurrent: weights.recurrent[0].transposed(), bias: biases?[0],
                recurrentBias: biases?[1], others: weights.others)
        }
    }

    private func check(_ name: String, _ tensor: Tensor<Double>, rank: Int) throws(LayoutMismatch) {
        if tensor.rank != rank { throw LayoutMismatch("\(name) of shape \(tensor.shape) is not of rank \(rank)") }
    }
}

/// The parameters of one recurrent layer as another framework packs them, in its own shapes; see `PackedLayout`.
public struct PackedWeights: Sendable {
    /// What multiplies the input: `weight_ih_l0`, `kernel`, or `W`.
    public var input: Tensor<Double>
    /// What multiplies the hidden state: `weight_hh_l0`, `recurrent_kernel`, or `R`.
    public var recurrent: Tensor<Double>
    /// The bias, or the first of two: `bias_ih_l0`, `bias`, or `B`.
    public var bias: Tensor<Double>?
    /// `bias_hh_l0`; the other frameworks have both biases in one tensor.
    public var recurrentBias: Tensor<Double>?
    /// Parameters that the frameworks do not have, such as peepholes, by their paths in the cell and in its shapes,
    /// their gates in the same order as those of the others.
    public var others: [String: Tensor<Double>]

    /// Weights in the shapes of some framework. No bias counts as 0.
    public init(
        input: Tensor<Double>, recurrent: Tensor<Double>, bias: Tensor<Double>? = nil,
        recurrentBias: Tensor<Double>? = nil, others: [String: Tensor<Double>] = [:]
    ) {
        self.input = input
        self.recurrent = recurrent
        self.bias = bias
        self.recurrentBias = recurrentBias
        self.others = others
    }
}

/// Why weights are not in a layout.
struct LayoutMismatch: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// Packed weights the way round that cells here have them, with the gates in some order.
struct UnpackedWeights {
    /// `[I, G·H]`
    let input: Tensor<Double>
    /// `[H, G·H]`
    let recurrent: Tensor<Double>
    /// `[G·H]`
    let bias: Tensor<Double>?
    let recurrentBias: Tensor<Double>?
    let others: [String: Tensor<Double>]

    /// A cell with these parameters. Throws if they do not fit.
    ///
    /// - Parameter order: the order of the gates in these weights.
    func applied<Cell: RecurrentCell>(to cell: Cell, order: [String]) throws(LayoutMismatch) -> Cell {
        let tree = ScalarTree(of: cell, owner: "\(Cell.self)")
        let places = try PackedPlaces(in: tree, of: order)
        var tensors = [
            places.input.path: try reordered(input, order, like: places.input),
            places.recurrent.path: try reordered(recurrent, order, like: places.recurrent),
        ]
        if let entry = places.bias {
            let zeros = Tensor<Double>.zeros([recurrent.shape[1]])
            let first = try reordered(bias ?? zeros, order, like: entry)
            var second = try reordered(recurrentBias ?? zeros, order, like: entry)
            if let own = places.recurrentBias {
                tensors[own.path] = try reordered(recurrentBias ?? zeros, order, like: own)
                second = 0 * second
            } else if tree.entries.contains(where: { $0.path == "candidateBias" }) {
                // The candidate's second bias is multiplied by the reset gate, and so is no part of the first.
                let candidate = ScalarTree.Part(path: entry.path, gate: "candidate")
                let seconds = tree.replacing([entry.path: second])
                tensors["candidateBias"] = seconds[candidate]
                second = seconds.replacing(candidate, 0 * seconds[candidate]).tensor(
                    entry.path, gate: nil, "checkLayouts")
            }
            tensors[entry.path] = first + second
        }
        for (path, tensor) in others {
            guard let entry = tree.entries.first(where: { $0.path == path }) else {
                throw LayoutMismatch("\(tree.owner) has no parameter \(path)")
            }
            tensors[path] = try reordered(tensor, order.filter(entry.blockNames.contains), like: entry)
        }
        return cell.mapLeaves { leaf in
            tensors[leaf.path]?.value.converted(to: leaf.value.elementType) ?? leaf.value
        }
    }

    /// Packed blocks in the order of a parameter's gates.
    private func reordered(
        _ packed: Tensor<Double>, _ order: [String], like entry: ScalarTree.Entry
    ) throws(LayoutMismatch) -> Tensor<Double> {
        if packed.shape != entry.tensor.shape {
            throw LayoutMismatch("\(entry.path) would have shape \(packed.shape), and has \(entry.tensor.shape)")
        }
        if order.isEmpty { return packed }
        let blocks = packed.split(count: order.count, axis: -1)
        return entry.with(blocks: entry.blockNames.map { blocks[order.firstIndex(of: $0)!] }).tensor
    }
}

/// Which of a cell's parameters are those that frameworks pack, known by their gates and ranks: the first matrix of all
/// gates multiplies the input, the second one the state, and the vectors of all gates are biases.
private struct PackedPlaces {
    let input: ScalarTree.Entry
    let recurrent: ScalarTree.Entry
    let bias: ScalarTree.Entry?
    let recurrentBias: ScalarTree.Entry?

    init(in tree: ScalarTree, of gates: [String]) throws(LayoutMismatch) {
        let gated = tree.entries.filter { Set($0.blockNames) == Set(gates) }
        let matrices = gated.filter { $0.tensor.rank == 2 }
        if matrices.count != 2 {
            throw LayoutMismatch(
                "\(tree.owner) has \(matrices.count) matrices with the gates \(gates.joined(separator: ", ")), and not 2: "
                    + "for the input and for the state")
        }
        let vectors = gated.filter { $0.tensor.rank == 1 }
        let isBias = { (entry: ScalarTree.Entry) in entry.path.hasSuffix("bias") || vectors.count == 1 }
        (input, recurrent) = (matrices[0], matrices[1])
        bias = vectors.first(where: isBias)
        recurrentBias = vectors.filter(isBias).dropFirst().first
    }
}
