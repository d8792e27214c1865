/// The orders in which other frameworks pack the gates of a recurrent layer.
public enum GateLayout: String, Sendable, Hashable, CaseIterable {
    /// `torch.nn.LSTM`: i, f, g, o; `torch.nn.GRU`: r, z, n.
    case pyTorch = "PyTorch"
    /// `keras.layers.LSTM`: i, f, c, o; `keras.layers.GRU`: z, r, h.
    case keras = "Keras"
    /// The ONNX operators `LSTM`: i, o, f, c; `GRU`: z, r, h.
    case onnx = "ONNX"

    /// Gates in the order of this framework, by the names that the cells here give them; `nil` if they are not those of
    /// an LSTM, a GRU, or a cell of one gate.
    public func order(of gates: [String]) -> [String]? {
        if gates.count == 1 { return gates }
        let orders: [[String]] =
            switch self {
            case .pyTorch: [["input", "forget", "candidate", "output"], ["reset", "update", "candidate"]]
            case .keras: [["input", "forget", "candidate", "output"], ["update", "reset", "candidate"]]
            case .onnx: [["input", "output", "forget", "candidate"], ["update", "reset", "candidate"]]
            }
        return orders.first { Set($0) == Set(gates) }
    }

    /// For each gate, in the order given, the position of its block in this framework's order.
    func positions(of gates: [String]) -> [Int]? {
        order(of: gates).map { order in gates.map { order.firstIndex(of: $0)! } }
    }
}
