import Foundation
import Tapestry

/// Problems that ask for something that was seen long before.
enum Problem: String, CaseIterable, Codable {
    /// The sum of the two numbers of a sequence that are marked, one in each half (S. Hochreiter and J. Schmidhuber,
    /// "Long short-term memory", 1997).
    case adding
    /// Ten symbols, to be repeated after many empty steps (same paper; in this form A. Graves, G. Wayne and I.
    /// Danihelka, "Neural Turing machines", 2014; M. Arjovsky, A. Shah and Y. Bengio, "Unitary evolution recurrent
    /// neural networks", 2016).
    case copying
    /// Whether the number of ones so far is odd, at each step of a sequence of bits.
    case parity

    /// Sequences and what is asked for.
    struct Batch {
        /// `[time, batch, features]`
        let inputs: Tensor<Float>
        /// Of the last steps, `[steps, batch]`: numbers, or those of classes.
        let targets: Tensor<Float>
    }

    var inputSize: Int {
        switch self {
        case .adding: 2
        case .copying: Copying.symbolCount + 2
        case .parity: 1
        }
    }

    var outputSize: Int { self == .copying ? Copying.symbolCount : 1 }

    /// Sequences that the current source of random numbers draws.
    func batch(of count: Int, length: Int) -> Batch {
        let source = RandomSource.current
        switch self {
        case .adding:
            let numbers = Tensor<Float>.uniform([length, count])
            let first = source.integers(below: length / 2, count: count)
            let second = source.integers(below: length - length / 2, count: count).map { $0 + length / 2 }
            let places = Tensor(shape: [2, count], scalars: (first + second).map { Int32($0) })
            let marks = Tensor<Float>.zeros([length, count]).scattered(
                axis: 0, indices: places, adding: .ones([2, count]))
            return Batch(
                inputs: stack([numbers, marks], axis: 2),
                targets: numbers.gathered(axis: 0, indices: places).sum(axes: [0], keepingAxes: true))
        case .copying:
            let symbols = Tensor<Int32>.uniform([Copying.length, count], in: 0..<Int32(Copying.symbolCount))
            func run(of token: Int, _ steps: Int) -> Tensor<Int32> {
                Tensor(repeating: Int32(token), shape: [steps, count])
            }
            let (empty, signal) = (Copying.symbolCount, Copying.symbolCount + 1)
            let tokens = concatenate([
                symbols, run(of: empty, length - 1), run(of: signal, 1), run(of: empty, Copying.length),
            ])
            return Batch(
                inputs: .oneHot(tokens, count: inputSize), targets: symbols.converted(to: Float.self))
        case .parity:
            let bits = (Tensor<Float>.uniform([length, count]) .< 0.5).converted(to: Float.self)
            let ones = bits.cumulativeSum(axis: 0)
            return Batch(inputs: (2 * bits - 1).unsqueezed(axis: 2), targets: ones - 2 * floor(ones / 2))
        }
    }

    /// What training makes smaller, of outputs `[steps, batch, outputSize]`.
    func loss(_ outputs: Tensor<Float>, _ targets: Tensor<Float>) -> Tensor<Float> {
        switch self {
        case .adding: meanSquaredError(outputs.squeezed(axes: [2]), targets)
        case .copying: crossEntropy(outputs, targets.converted(to: Int32.self))
        case .parity: binaryCrossEntropy(outputs.squeezed(axes: [2]), targets)
        }
    }

    /// The length of the first sequences, which grow as they are solved; `nil` where cells that can remember learn it
    /// at full length.
    var firstLength: Int? { self == .adding ? nil : 10 }

    /// The loss below which sequences count as solved, and longer ones are tried.
    var solvedLoss: Double { self == .adding ? 0.02 : 0.05 }

    /// What is reported: as the baseline says; of parities that of the last step.
    func error(_ outputs: Tensor<Float>, _ targets: Tensor<Float>) -> Double {
        guard self == .parity else { return Double(loss(outputs, targets).scalar) }
        let isOdd = outputs.squeezed(axes: [2]).slice(axis: 0, at: -1) .> 0
        let isWrong = isOdd .!= (targets.slice(axis: 0, at: -1) .> 0.5)
        return Double(isWrong.converted(to: Float.self).mean().scalar)
    }

    /// What can be reached without remembering anything.
    var baseline: (value: Double, description: String) {
        switch self {
        case .adding: (1.0 / 6, "mean squared error; who always says 1 has 0.1667")
        case .copying: (log(Double(Copying.symbolCount)), "nats per symbol; who guesses has ln 8 = 2.0794")
        case .parity: (0.5, "share of wrong answers after the last bit; who guesses has 0.5")
        }
    }
}

/// The sizes of the problem of copying.
private enum Copying {
    static let symbolCount = 8
    static let length = 10
}
