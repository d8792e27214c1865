/// How another framework names and packs the parameters of its layers, of which arrays come in files.
///
/// ```swift
/// try tagger.load(arrays, from: .pyTorch)                            // a whole model: encoder.weight_ih_l0, head.weight, …
/// try lstm.load(arrays, from: .pyTorch, prefix: "encoder.")          // one layer of it
/// let kernels = lstm.layers[0].cell.arrays(for: .keras)              // "kernel", "recurrent_kernel", "bias"
/// ```
///
/// The layers that frameworks agree on have these arrays; ONNX has no names for them:
///
/// | | `Linear` | `Embedding` | `LayerNorm` |
/// |---|---|---|---|
/// | PyTorch | `weight` `[output, input]`, `bias` | `weight` | `weight`, `bias` |
/// | Keras | `kernel`, `bias` | `embeddings` | `gamma`, `beta` |
/// | Flax | `kernel`, `bias` | `embedding` | `scale`, `bias` |
///
/// `MultiHeadAttention` of E features has `in_proj_weight` `[3·E, E]`, `in_proj_bias`, `out_proj.weight` and
/// `out_proj.bias` in PyTorch (`q_proj_weight`, `k_proj_weight` and `v_proj_weight` for sources of another size); in
/// Keras and Flax `query/kernel` `[E, heads, d]`, `query/bias` `[heads, d]`, the same of `key` and `value`, and
/// `attention_output` in Keras, `out` in Flax, with `kernel` `[heads, d, E]` and `bias`.
///
/// Of I inputs, H units and G gates, a recurrent cell alone has these arrays:
///
/// | | arrays | gates |
/// |---|---|---|
/// | PyTorch | `weight_ih` `[G·H, I]`, `weight_hh` `[G·H, H]`, `bias_ih` and `bias_hh` `[G·H]`; of a projection `weight_hr` `[R, H]` | i, f, g, o; r, z, n |
/// | Keras | `kernel` `[I, G·H]`, `recurrent_kernel` `[H, G·H]`, `bias` `[G·H]`, or `[2, G·H]` where a reset acts after the product | i, f, c, o; z, r, h |
/// | ONNX | `W` `[1, G·H, I]`, `R` `[1, G·H, H]`, `B` `[1, 2·G·H]`; peepholes `P` `[1, 3·H]` of i, o, f | i, o, f, c; z, r, h |
/// | Flax | for each gate `ii/kernel` `[I, H]` and `hi/kernel` `[H, H]`, with `hi/bias` `[H]` of an LSTM, `ir/bias` and `hn/bias` of a GRU | by name |
///
/// Layers put their own names around these: PyTorch behind (`weight_ih_l0`, `weight_ih_l0_reverse`), Keras in front
/// (`lstm_cell/kernel`, `forward_lstm/lstm_cell/kernel`), Flax as well (`cell/ii/kernel`,
/// `forward_rnn/cell/ii/kernel`). In ONNX the directions lie along the first axis. Several layers are numbered as
/// PyTorch numbers them and as Keras and `nn.Sequential` of Flax do by themselves (`lstm/`, `lstm_1/`, …; `layers_0/`,
/// …); in ONNX, where each is a node, we put `0/`, `1/`, … in front. What else stands in front of the names is
/// `prefix`.
///
/// - Two biases of a gate that are added up anyway become one, their sum. On the way out that one is the first, and the
///   second is zero. A cell with a bias of its own for the recurrent part, `recurrent.bias`, keeps both. A candidate
///   whose reset acts after the product has two that are not added up, and keeps them.
/// - A cell without a bias (`input.bias == nil`) neither expects nor gives one, but for Flax, which always has one.
/// - Activations, and where a reset acts, are no arrays: a cell has them from its initialiser.
public enum WeightLayout: String, Sendable, Hashable, CaseIterable {
    /// `torch.nn.RNN`, `LSTM` and `GRU`, and `RNNCell`, `LSTMCell` and `GRUCell`; names as in a state dictionary.
    case pyTorch = "PyTorch"
    /// `keras.layers.SimpleRNN`, `LSTM` and `GRU`; names as in `variable.path`.
    case keras = "Keras"
    /// The operators `RNN`, `LSTM` and `GRU`; names of their inputs.
    case onnx = "ONNX"
    /// `flax.linen.SimpleCell`, `LSTMCell`, `OptimizedLSTMCell` and `GRUCell`; names by
    /// `flatten_dict(params, sep="/")`.
    case flax = "Flax"
}
