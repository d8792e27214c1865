import Tapestry
import TapestryCommand

/// The sentences to learn from, those that say when to stop, and those that are held out to the end.
struct SentimentData {
    let classes: [String]
    let training, validation, test: [TokenizedSentence]

    /// Reads the files of the settings; parts that have none are tenths of the data, in an order that the seed draws.
    /// For a model that is loaded, sentences to test by are enough; then there are no others.
    ///
    /// - Parameter known: The labels that the loaded model tells; `nil` for those of the data.
    init(_ settings: Settings, classes known: [String]?) throws {
        let file = try settings.files.data.map { try SentenceFile(contentsOf: $0, classes: known) }
        let classes = known ?? file?.classes ?? Sample.classes
        func held(_ path: String?) throws -> [TokenizedSentence]? {
            try path.map { try SentenceFile(contentsOf: $0, classes: classes).sentences }
        }
        let validation = try held(settings.validation), test = try held(settings.test)
        self.classes = classes
        if known != nil, file == nil, let test {
            (training, self.validation, self.test) = ([], [], test)
            return
        }
        if file == nil, classes != Sample.classes {
            throw CommandError(
                """
                --load: the model tells \(classes.joined(separator: ", ")), and the sentences that are made up have \
                other labels: give --data or --test for figures, or --classify or --trace alone
                """)
        }
        // The sample and its parts are the same ones whatever else is drawn before.
        let sentences = withRandomSeed(settings.files.seed) {
            (file?.sentences ?? Sample.sentences(3000)).shuffled(by: .current)
        }
        let least = validation == nil || test == nil ? 10 : 1
        if let path = settings.files.data, sentences.count < least {
            let reason = "expected at least \(least) sentences (a tenth to stop by, a tenth held out), found"
            throw FileFormatError(path: path, reason: "\(reason) \(sentences.count)")
        }
        let parts = sentences.split([0.1, 0.1, 0.8])
        self.validation = validation ?? parts[0]
        self.test = test ?? parts[1]
        training = parts[2] + (validation == nil ? [] : parts[0]) + (test == nil ? [] : parts[1])
    }
}
