/// How another framework names and packs the parameters of its recurrent layers, of which arrays come in files.
///
/// ```swift
/// var lstm = LSTM<Float>(inputSize: 10, hiddenSize: 20, layers: 2)
/// try lstm.load(arrays, from: .pyTorch, prefix: "encoder.lstm.")     // arrays: [String: Tensor<Float>]
/// let kernels = lstm.layers[0].cell.arrays(for: .keras)              // "kernel", "recurrent_kernel", "bias"
/// ```
///
/// Of I inputs, H units and G gates, a cell alone has these arrays:
///
/// | | arrays | gates |
/// |---|---|---|
/// | PyTorch | `weight_ih` `[G·H, I]`, `weight_hh` `[G·H, H]`, `bias_ih` and `bias_hh` `[G·H]`; of a projection `weight_hr` `[R, H]` | i, f, g, o; r, z, n |
/// | Keras | `kernel` `[I, G·H]`, `recurrent_kernel` `[H, G·H]`, `bias` `[G·H]`, or `[2, G·H]` where a reset acts after the product | i, f, c, o; z, r, h |
/// | ONNX | `W` `[1, G·H, I]`, `R` `[1, G·H, H]`, `B` `[1, 2·G·H]`; peepholes `P` `[1, 3·H]` of i, o, f | i, o, f, c; z, r, h |
/// | Flax | for each gate `ii/kernel` `[I, H]` and `hi/kernel` `[H, H]`, with `hi/bias` `[H]` of an LSTM, `ir/bias` and `hn/bias` of a GRU | by name |
///
/// Layers put their own names around these: PyTorch behind (`weight_ih_l0`, `weight_ih_l0_reverse`), Keras in front
/// (`lstm_cell/kernel`, `forward_lstm/lstm_cell/kernel`), Flax as well (`cell/ii/kernel`, `forward_rnn/cell/ii/kernel`).
/// In ONNX the directions lie along the first axis. Several layers are numbered as PyTorch numbers them and as Keras and
/// `nn.Sequential` of Flax do by themselves (`lstm/`, `lstm_1/`, …; `layers_0/`, …); in ONNX, where each is a node, we put
/// `0/`, `1/`, … in front. What else stands in front of the names is `prefix`.
///
/// - Two biases of a gate that are added up anyway become one, their sum. On the way out that one is the first, and the
///   second is zero. A cell with a bias of its own for the recurrent part, `recurrent.bias`, keeps both. A candidate whose
///   reset acts after the product has two that are not added up, and keeps them.
/// - A cell without a bias (`input.bias == nil`) neither expects nor gives one, but for Flax, which always has one.
/// - Activations, and where a reset acts, are no arrays: a cell has them from its initialiser.
public enum WeightLayout: String, Sendable, Hashable, CaseIterable {
    /// `torch.nn.RNN`, `LSTM` and `GRU`, and `RNNCell`, `LSTMCell` and `GRUCell`; names as in a state dictionary.
    case pyTorch = "PyTorch"
    /// `keras.layers.SimpleRNN`, `LSTM` and `GRU`; names as in `variable.path`.
    case keras = "Keras"
    /// The operators `RNN`, `LSTM` and `GRU`; names of their inputs.
    case onnx = "ONNX"
    /// `flax.linen.SimpleCell`, `LSTMCell`, `OptimizedLSTMCell` and `GRUCell`; names by `flatten_dict(params, sep="/")`.
    case flax = "Flax"

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
