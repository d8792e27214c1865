import Tapestry
import TapestryCommand

/// A text as indices of its characters, cut into a part to train on and a part to judge by.
struct CharacterText {
    /// Every character of the text, sorted.
    let vocabulary: [Character]
    /// The first nine tenths.
    let training: [Int32]
    /// The last tenth, which training never sees.
    let validation: [Int32]

    /// Throws if one of the parts is shorter than a window and the character after it.
    init(_ text: String, window: Int) throws {
        let characters = Array(text)
        vocabulary = Set(characters).sorted()
        let positions = Dictionary(uniqueKeysWithValues: vocabulary.enumerated().map { ($1, Int32($0)) })
        let indices = characters.map { positions[$0]! }
        let cut = indices.count * 9 / 10
        training = Array(indices[..<cut])
        validation = Array(indices[cut...])
        if min(training.count, validation.count) < window + 1 {
            throw CommandError(
                """
                the text is too short: of its \(indices.count) characters a tenth is held out, which must hold a window \
                of \(window) and one more
                """)
        }
    }

    /// Windows of the training text at random places, and for each character the next: both `[window, batch]`.
    func randomBatch(
        _ batch: Int, window: Int, using source: RandomSource
    ) -> (inputs: Tensor<Int32>, targets: Tensor<Int32>) {
        CharacterText.batch(
            of: training, starts: source.integers(below: training.count - window, count: batch), window: window)
    }

    /// The validation text cut into `batch` stretches (fewer if it is short) that are read side by side, a window at a
    /// time: each window goes on where the one before it ended.
    func validationWindows(_ batch: Int, window: Int) -> [(inputs: Tensor<Int32>, targets: Tensor<Int32>)] {
        let stretches = min(batch, (validation.count - 1) / window)
        let length = (validation.count - 1) / stretches
        return stride(from: 0, to: length, by: window).map { first in
            CharacterText.batch(
                of: validation, starts: (0..<stretches).map { $0 * length + first }, window: min(window, length - first)
            )
        }
    }

    private static func batch(
        of indices: [Int32], starts: [Int], window: Int
    ) -> (inputs: Tensor<Int32>, targets: Tensor<Int32>) {
        func windows(_ shift: Int) -> Tensor<Int32> {
            let scalars = (0..<window).flatMap { step in starts.map { indices[$0 + step + shift] } }
            return Tensor(shape: [window, starts.count], scalars: scalars)
        }
        return (windows(0), windows(1))
    }
}
