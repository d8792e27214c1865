import Foundation
import TapestryCommand
import TapestryFiles

/// Shows what is in a file.
@main
enum Main {
    struct Settings {
        var file = ""
        var count = 1000
    }

    static func main() {
        var options = CommandOptions(
            program: "Inspect",
            summary: """
                Shows what is in a file: the names, shapes, types and ranges of arrays (safetensors, .npy, .npz), the columns \
                of a table (CSV, TSV, semicolons), or the structure of a JSON text. The format is told by the content.
                """,
            defaults: Settings())
        options.argument("FILE", \.file)
        options.integer("--limit", \.count, in: 1...1_000_000, help: "the most arrays, columns or members to list")
        options.run { settings in
            let report = try FileReport(
                of: RecognizedFile(contentsOf: settings.file), path: settings.file, limit: settings.count)
            print("\(settings.file.printable): \(report.text)")
        }
    }
}

extension String {
    /// The text as it is, or in quotation marks where it is empty or could be taken for more than one word.
    var printable: String {
        isEmpty || quoted != "\"\(self)\"" || contains(" ") ? quoted : self
    }
}
