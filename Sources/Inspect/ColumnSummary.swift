import TapestryFiles

/// The fields of a column of a table: numbers, if all that are not empty are.
struct ColumnSummary {
    private var numbers = NumberSummary()
    private var hasTexts = false
    private var hasNumbers = false
    private var emptyCount = 0

    mutating func add(_ field: String, _ format: DelimitedText.Format) {
        if let number = format.number(field) {
            hasNumbers = true
            numbers.add(number)
        } else if field.trimmed.isEmpty {
            emptyCount += 1
        } else {
            hasTexts = true
        }
    }

    /// Whether they are numbers, how many are empty, and the numbers' summary.
    var fields: [String] {
        let isNumeric = hasNumbers && !hasTexts
        return [isNumeric ? "number" : "text", "\(emptyCount)"] + (isNumeric ? numbers.fields : ["", "", "", ""])
    }
}
