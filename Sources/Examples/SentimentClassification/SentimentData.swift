import Tapestry
import TapestryCommand

/// The sentences to learn from, those that say when to stop, and those that are held out to the end.
struct SentimentData {
    let classes: [String]
    let training, validation, test: [TokenizedSentence]

    /// Reads the files of the settings; parts that have none are tenths of the data, in an order that the seed draws.
    ///
    /// - Parameter known: The labels that may occur; `nil` for those of the data.
    init(_ settings: Settings, classes known: [String]?) throws {
        let file = try settings.files.data.map { try SentenceFile(contentsOf: $0, classes: known) }
        let classes = file?.classes ?? Sample.classes
        if let known, known != classes {
            throw CommandError("--load: the model knows \(known.joined(separator: ", ")): give --data with such labels")
        }
        func held(_ path: String?) throws -> [TokenizedSentence]? {
            try path.map { try SentenceFile(contentsOf: $0, classes: classes).sentences }
        }
        // The sample and its parts are the same ones whatever else is drawn before.
        let sentences = withRandomSeed(settings.files.seed) {
            (file?.sentences ?? Sample.sentences(3000)).shuffled(by: .current)
        }
        let parts = sentences.split([0.1, 0.1, 0.8])
        let validation = try held(settings.validation), test = try held(settings.test)
        self.classes = classes
        self.validation = validation ?? parts[0]
        self.test = test ?? parts[1]
        training = parts[2] + (validation == nil ? [] : parts[0]) + (test == nil ? [] : parts[1])
        if self.validation.isEmpty || self.test.isEmpty || training.isEmpty {
            throw CommandError("there are too few sentences: \(sentences.count)")
        }
    }
}
