import Foundation
import TapestryArrays
import TapestryAutograd

/// Named arrays in NumPy's archives, `.npz`: a ZIP archive in which each array is a file in the `.npy` format.
///
/// ```swift
/// try NumPyArchive(model.storedArrays()).write(to: "model.npz", isCompressed: true)
/// let weights: Tensor<Float> = try NumPyArchive(contentsOf: "model.npz")["output.weights"].tensor()
/// ```
///
/// What a file says is not trusted: names stand there once, members do not overlap, the checksums hold, and compressed
/// arrays together stand for no more bytes than are allowed. Objects, which are programs, are not read but kept.
public struct NumPyArchive: Sendable, Equatable {
    /// The arrays by name.
    public var arrays: [String: StoredArray]
    /// The arrays of types that are not read, by name. They are written as they were read, except those whose name one
    /// of `arrays` has.
    public var unsupported: [String: UnsupportedArray]

    /// Makes the content of a file.
    public init(_ arrays: [String: StoredArray] = [:], unsupported: [String: UnsupportedArray] = [:]) {
        (self.arrays, self.unsupported) = (arrays, unsupported)
    }

    /// The array of a name. Throws a ``FileFormatError`` that lists the names that there are if it isn't one of them,
    /// and says the type if it is one that is not read.
    public subscript(name: String) -> StoredArray {
        get throws(FileFormatError) { try arrays.array(named: name, besides: unsupported) }
    }

    private static let suffix = ".npy"
}

// MARK: - Reading

extension NumPyArchive {
    /// Reads a file. Arrays that are stored as they are stay on the disk, mapped, until they are made tensors.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: The most bytes that its compressed arrays may stand for together; more are refused before any of them
    ///     is made room for, since a thousandth of that is enough to claim them.
    /// - Throws: A ``FileFormatError`` that says where the file breaks which rule of the format, or why it can't be
    ///   read.
    public init(contentsOf path: String, decompressingAtMost limit: Int = 1 << 32) throws(FileFormatError) {
        self = try InputFile.read(path) { data throws(FileFormatError) in
            try NumPyArchive(data, decompressingAtMost: limit)
        }
    }

    /// Reads the bytes of a file, as ``init(contentsOf:decompressingAtMost:)`` reads a file.
    public init(_ data: Data, decompressingAtMost limit: Int = 1 << 32) throws(FileFormatError) {
        self.init()
        let archive = try ZipArchive(data)
        var rest = limit
        for member in archive.members where member.isDeflated {
            guard member.size <= rest else {
                throw FileFormatError(
                    place: "member \(member.name.quotedBriefly)",
                    reason:
                        "with those before it, its \(member.size.counted("byte")) are more than the \(limit) that are allowed"
                )
            }
            rest -= member.size
        }
        for member in archive.members {
            guard member.name.hasSuffix(NumPyArchive.suffix) else {
                throw FileFormatError(place: "member \(member.name.quotedBriefly)", reason: "it is not a .npy file")
            }
            let content = try member.content()
            do throws(FileFormatError) {
                let name = String(member.name.dropLast(NumPyArchive.suffix.count))
                switch try NumPyContent(content) {
                case .array(let array): arrays[name] = array
                case .unsupported(let array): unsupported[name] = array
                }
            } catch {
                let place = ["member \(member.name.quotedBriefly)", error.place].compactMap(\.self).joined(
                    separator: ", ")
                throw FileFormatError(place: place, reason: error.reason)
            }
        }
    }
}

// MARK: - Writing

extension NumPyArchive {
    /// The bytes of a file, the same for the same content: arrays are in the order of their names.
    ///
    /// - Parameter isCompressed: whether arrays are compressed, which takes long for what it gains on trained weights.
    ///   Traps if a name is longer than the 65531 bytes that the format has room for, or an array that is not read
    ///   comes from a file of another format.
    public func data(isCompressed: Bool = false) -> Data {
        let members = Set(arrays.keys).union(unsupported.keys).sorted().map { name in
            let file = name + NumPyArchive.suffix
            if file.utf8.count > UInt16.max {
                trap("NumPyArchive", "a name of \(name.utf8.count) bytes, at most 65531")
            }
            let content = arrays[name].map { NumPyArray($0).data } ?? NumPyArchive.content(of: unsupported[name]!)
            return ZipArchive.member(file, content, isDeflated: isCompressed)
        }
        return ZipArchive(members: members).data
    }

    /// The file of an array that is not read, as it was.
    private static func content(of array: UnsupportedArray) -> Data {
        guard let header = array.numPyHeader else {
            trap("NumPyArchive", "an array is of type \(array.typeName), which the format does not have")
        }
        return header + array.bytes
    }

    /// Writes the file beside the one that was there and renames it into place.
    ///
    /// - Throws: An ``OutputFileError`` that says why it cannot be written.
    public func write(to path: String, isCompressed: Bool = false) throws(OutputFileError) {
        try OutputFile.write(data(isCompressed: isCompressed), to: path)
    }
}
