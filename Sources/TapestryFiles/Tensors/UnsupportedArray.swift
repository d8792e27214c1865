import Foundation

/// An array of a file whose elements are of a type that is not read: complex numbers, texts, dates, records, Python's
/// objects, floating-point numbers of eight bits and fewer. It is kept as it stands there, so that a file that is read
/// and written again has lost nothing.
public struct UnsupportedArray: Sendable, Equatable {
    /// The type as the file says it: `F8_E4M3` and `C64` in safetensors; `<c8`, `<U5`, `|O` or a list of fields,
    /// `[('x', '<f4'), ('y', '<f4')]`, in NumPy's files.
    public let typeName: String
    /// The extent of each axis.
    public let shape: [Int]
    /// The bytes of the array as they stand in the file. In NumPy's files the order of bytes is the one that the type
    /// says, and the first axis may be the innermost; objects are a pickle, which is not looked at.
    public let bytes: Data
    /// What stands before the bytes in a `.npy` file; `nil` in safetensors.
    let numPyHeader: Data?

    init(_ typeName: String, shape: [Int], bytes: Data, numPyHeader: Data? = nil) {
        (self.typeName, self.shape, self.bytes, self.numPyHeader) = (typeName, shape, bytes, numPyHeader)
    }

    /// Why it cannot be read. The list of a record's fields may be long, and the names in it anything.
    package var reason: String { "its elements are of type \(typeName.brief), which is not read" }
}

extension [String: StoredArray] {
    /// The array of a name, or an error that lists the names that there are, or says that it is one of those not read.
    func array(
        named name: String, besides unsupported: [String: UnsupportedArray]
    ) throws(FileFormatError) -> StoredArray {
        if let array = self[name] { return array }
        if let array = unsupported[name] {
            throw FileFormatError(place: "array \(name.quotedBriefly)", reason: array.reason)
        }
        let names = Set(keys).union(unsupported.keys).sorted()
        throw FileFormatError(
            reason: "there is no array \(name.quoted), only \(names.isEmpty ? "nothing" : names.briefList)")
    }
}
