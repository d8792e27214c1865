extension DelimitedText {
    /// The fields of a column as whole numbers, white space around them aside.
    ///
    /// - Throws: A ``FileFormatError`` with the line of a field that is none, or if the header does not have the name.
    public func integers(in column: String) throws(FileFormatError) -> [Int] {
        try values(in: column, "a whole number") { Int($0) }
    }

    /// The fields of a column as finite numbers, and `nil` where a field is empty.
    ///
    /// - Throws: A ``FileFormatError`` with the line of a field that is neither, or if the header does not have the
    ///   name.
    public func optionalNumbers(in column: String) throws(FileFormatError) -> [Double?] {
        try values(in: column, "\(format.numberName) or nothing", hint: numberHint) { text in
            text.isEmpty ? .some(nil) : format.number(text).flatMap { $0.isFinite ? $0 : nil }.map { .some($0) }
        }
    }

    /// The fields of a column as truth values: `true`, `yes` and `1`, or `false`, `no` and `0`, in any case.
    ///
    /// - Throws: A ``FileFormatError`` with the line of a field that is none, or if the header does not have the name.
    public func truthValues(in column: String) throws(FileFormatError) -> [Bool] {
        try values(in: column, "true or false") { text in
            switch text.lowercased() {
            case "true", "yes", "1": true
            case "false", "no", "0": false
            default: nil
            }
        }
    }

    /// The fields of a column as classes: the different ones in the order of strings, and for each row the number of
    /// its own.
    ///
    /// - Throws: A ``FileFormatError`` if the header does not have the name.
    public func classes(in column: String) throws(FileFormatError) -> (names: [String], indices: [Int]) {
        let texts = try texts(in: column)
        let names = Set(texts).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
        return (names, texts.map { numbers[$0]! })
    }

    private func values<Value>(
        in column: String, _ expected: String, hint: (String) -> String = { _ in "" }, _ convert: (String) -> Value?
    ) throws(FileFormatError) -> [Value] {
        let texts = try texts(in: column)
        var values: [Value] = []
        for (row, text) in zip(rows, texts) {
            guard let value = convert(text.trimmed) else {
                throw error(row, "\(column): expected \(expected), found \(text.quotedBriefly)\(hint(text))")
            }
            values.append(value)
        }
        return values
    }
}
