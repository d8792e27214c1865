import Layers
import Tapestry

/// Times training steps of the user's cell and of the library's in turn, and fails when the border between the modules
/// costs speed.
@main
enum Main {
    static func main() {
        let slowdown = ownCellSlowdown()
        print("the user's own Benchmarks: a cell written outside of the library takes \(slowdown) times as long")
        guard slowdown < 1.5 else { fatalError("speed is lost across the module border") }
    }
}

/// The best of several training steps with the user's cell over the best with the library's.
private func ownCellSlowdown() -> Double {
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
