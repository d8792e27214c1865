extension Collection<String> {
    /// The first names of many, each in quotation marks.
    package var briefList: String {
        prefix(8).map(\.quotedBriefly).joined(separator: ", ") + (count > 8 ? ", …" : "")
    }
}

extension [Int] {
    /// The extents of a shape, or the first ones of many: a file may say any number of them.
    package var brief: String { count > 32 ? "[\(prefix(32).map(String.init).joined(separator: ", ")), …]" : "\(self)" }
}
