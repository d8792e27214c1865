import TapestryLayers

extension WeightLayout {
    /// Gates in the order of this framework, by the names that the cells here give them; `nil` if they are not those of
    /// an LSTM, a GRU, or a cell of one gate. Flax has each gate by itself, so its order is ours alone.
    public func order(of gates: [String]) -> [String]? {
        if gates.count == 1 { return gates }
        let orders: [[String]] =
            switch self {
            case .pyTorch, .flax: [["input", "forget", "candidate", "output"], ["reset", "update", "candidate"]]
            case .keras: [["input", "forget", "candidate", "output"], ["update", "reset", "candidate"]]
            case .onnx: [["input", "output", "forget", "candidate"], ["update", "reset", "candidate"]]
            }
        return orders.first { Set($0) == Set(gates) }
    }
}
