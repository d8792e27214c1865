import Foundation

/// Named pieces of bytes in one file, each stored as it is or compressed (`stored` or `deflated`), in the ZIP format
/// with its extension to more than 4 GiB.
///
/// Reference: PKWARE, ".ZIP File Format Specification", 6.3.10.
struct ZipArchive: Sendable {
    /// One piece of bytes, as it stands in the file.
    struct Member: Sendable {
        let name: String
        let isDeflated: Bool
        /// The check of the content.
        let checksum: UInt32
        /// The number of bytes of the content.
        let size: Int
        /// The bytes in the file.
        let bytes: Data
    }

    let members: [Member]
}

// MARK: - The parts of a file

/// The records of the format, by the numbers that they begin with.
enum ZipSignature {
    static let local: UInt32 = 0x0403_4B50
    static let central: UInt32 = 0x0201_4B50
    static let end: UInt32 = 0x0605_4B50
    static let end64: UInt32 = 0x0606_4B50
    static let locator64: UInt32 = 0x0706_4B50
}
