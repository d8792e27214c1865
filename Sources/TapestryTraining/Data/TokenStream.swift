import TapestryArrays
import TapestryAutograd

/// One long sequence of tokens, such as a text, from which a model learns to tell the next one.
public struct TokenStream: Sendable {
    /// The indices of the tokens.
    public let indices: [Int32]

    /// A part of a stream with, for each token, the one after it: both `[time, batch]`.
    public struct Window: Sendable {
        /// The tokens.
        public let inputs: Tensor<Int32>
        /// The token that comes after each of them.
        public let targets: Tensor<Int32>
    }

    /// A stream of these tokens.
    public init(_ indices: [Int32]) { self.indices = indices }

    /// Windows from random places, side by side. Traps unless the stream is longer than a window and both numbers are
    /// positive.
    public func randomWindow(steps: Int, batch: Int, using source: RandomSource = .current) -> Window {
        check(steps: steps, batch: batch)
        return window(source.integers(below: indices.count - steps, count: batch), steps)
    }

    /// The whole stream, cut into stretches that are read side by side, a window at a time: each window goes on where
    /// the one before it ended, so a state can be carried from one to the next. Less than a stretch is left over at the
    /// end.
    ///
    /// - Parameters:
    ///   - steps: The tokens of a window; the last one of the stretches may have fewer.
    ///   - batch: The number of stretches; fewer if the stream is so short that they would not fill a window.
    ///   - offset: How many tokens at the start to pass over, so that another epoch sees other windows.
    ///
    /// Traps unless the stream is longer than a window and what is passed over, `steps` and `batch` are positive, and
    /// `offset` is not negative.
    public func windows(steps: Int, batch: Int, offset: Int = 0) -> [Window] {
        check(steps: steps, batch: batch, offset: offset)
        let available = indices.count - offset - 1
        let stretches = min(batch, available / steps)
        let length = available / stretches
        return stride(from: 0, to: length, by: steps).map { first in
            window((0..<stretches).map { offset + $0 * length + first }, min(steps, length - first))
        }
    }

    private func check(steps: Int, batch: Int, offset: Int = 0) {
        guard steps > 0, batch > 0, offset >= 0 else {
            trap("TokenStream", "batch \(batch) of \(steps) steps after \(offset) tokens: no such windows")
        }
        guard indices.count - offset > steps else {
            let passed = offset > 0 ? " after the first \(offset)" : ""
            trap("TokenStream", "\(indices.count) tokens have no window of \(steps) and one more\(passed)")
        }
    }

    private func window(_ starts: [Int], _ steps: Int) -> Window {
        func part(_ shift: Int) -> Tensor<Int32> {
            let scalars = (0..<steps).flatMap { step in starts.map { indices[$0 + step + shift] } }
            return Tensor(shape: [steps, starts.count], scalars: scalars)
        }
        return Window(inputs: part(0), targets: part(1))
    }
}
