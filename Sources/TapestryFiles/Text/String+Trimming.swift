import Foundation

extension String {
    /// The text without the white space around it.
    package var trimmed: String {
        // Most fields have none, and Foundation takes long to see that.
        if let first = utf8.first, let last = utf8.last, 0x21...0x7E ~= first, 0x21...0x7E ~= last { return self }
        return trimmingCharacters(in: .whitespaces)
    }
}
