import TapestryAutograd
import TapestryTestSupport

extension GoldenCase {
    /// The part of the operation's name after the dot: `forget`, `step`, or nothing for a sequence.
    package var part: Substring? { operation.split(separator: ".").dropFirst().first }

    /// Tensors in the order of the real inputs, by their names.
    package func named(_ tensors: [Tensor<Double>]) -> Blocks {
        Blocks(Dictionary(zip(inputs.filter(\.isReal).map(\.name), tensors)) { _, last in last })
    }

    package var blocks: Blocks { named(realInputs) }
}
