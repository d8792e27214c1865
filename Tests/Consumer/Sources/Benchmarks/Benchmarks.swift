import Layers
import Tapestry

/// The best of several training steps with the user's cell over the best with the library's, the two timed in turn.
public func ownCellSlowdown() -> Double {
    let x = Tensor<Float>.normal([64, 32, 64])
    let library = Recurrent(LSTMCell<Float>(inputSize: 64, hiddenSize: 128))
    let own = Recurrent(OwnLSTMCell<Float>(inputSize: 64, hiddenSize: 128))
    var best = (library: Double.infinity, own: Double.infinity)
    for _ in 0..<30 {
        best.library = min(best.library, seconds { _ = gradient(at: library) { square($0(x).outputs).mean() } })
        best.own = min(best.own, seconds { _ = gradient(at: own) { square($0(x).outputs).mean() } })
    }
    return best.own / best.library
}

private func seconds(_ body: () -> Void) -> Double {
    ContinuousClock().measure(body) / .seconds(1)
}
