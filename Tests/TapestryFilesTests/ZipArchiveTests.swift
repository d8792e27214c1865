import Foundation
import Testing

@testable import TapestryFiles

@Suite struct ZipArchiveTests {
    private let members = [
        ZipArchive.member("a.npy", Data("first".utf8), isDeflated: false),
        ZipArchive.member("b.npy", Data(repeating: 7, count: 1000), isDeflated: true),
    ]

    private func contents(_ data: Data) throws -> [String: Data] {
        let members = try ZipArchive(data).members
        return Dictionary(uniqueKeysWithValues: try members.map { ($0.name, try $0.content()) })
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        let expected = ["a.npy": Data("first".utf8), "b.npy": Data(repeating: 7, count: 1000)]
        #expect(try contents(ZipArchive(members: members).data) == expected)
        // With everything in the extension for more than 4 GiB, and with only what is at least 100, or 900.
        for limit in [0, 100, 900] as [UInt64] {
            #expect(try contents(ZipArchive(members: members).data(extendingFrom: limit)) == expected)
        }
        #expect(try contents(ZipArchive(members: members).data + Data()) == expected)
    }

    /// The check of "123456789" is that of every description of CRC-32.
    @Test func theChecksumIsTheUsualOne() {
        #expect(CRC32.checksum(Data("123456789".utf8)) == 0xCBF4_3926)
        #expect(CRC32.checksum(Data()) == 0)
        #expect(CRC32.checksum(Data((0..<40).map { UInt8($0) })) == 0x0DA6_2E3C)
    }

    @Test func hostileArchivesAreRefused() throws {
        let good = ZipArchive(members: members).data
        let directory = try #require(good.firstRange(of: Data([0x50, 0x4B, 1, 2]))).lowerBound
        let second = try #require(good[(directory + 4)...].firstRange(of: Data([0x50, 0x4B, 1, 2]))).lowerBound
        let end = good.count - 22
        func changed(_ place: Int, _ bytes: [UInt8]) -> Data {
            var data = good
            data.replaceSubrange(place..<place + bytes.count, with: bytes)
            return data
        }
        let hostile: [(Data, String)] = [
            (Data(), "it is not a ZIP archive, but empty"),
            (good.dropLast(), "it has no end of a ZIP archive"),
            (changed(end + 4, [1]), "end of the archive: the archive is one of several disks"),
            (changed(end + 8, [3, 0, 3, 0]), "central directory: it has 2 entries, not 3"),
            (changed(end + 12, [0]), "end of the archive: the central directory is not where it should be"),
            (changed(end + 16, [0xFF, 0xFF, 0xFF, 0x7F]), "end of the archive: the central directory is not"),
            (changed(end + 16, [0xFF, 0xFF, 0xFF, 0xFF]), "end of the archive: the central directory is not"),
            (changed(directory, [0]), "central directory: what stands there is no entry of a member"),
            (changed(directory + 8, [1]), #"member "a.npy": it is encrypted"#),
            (changed(directory + 10, [12]), #"member "a.npy": it is compressed in a way (12) that is not supported"#),
            (changed(directory + 20, [9]), #"member "a.npy": it has 9 stored bytes, not 5"#),
            (changed(second + 20, [0xFF, 0xFF]), #"member "b.npy": what it has, 65535 bytes, reaches behind"#),
            (changed(directory + 42, [0xFF, 0xFF]), #"member "a.npy": it begins behind the central directory"#),
            (changed(directory + 42, [1]), #"member "a.npy": there is no member at its place"#),
            (changed(second + 42, [0, 0]), #"member "b.npy": its own header differs from the central directory"#),
            (changed(directory + 46, [0xFF]), "central directory: a name that is not UTF-8"),
            (changed(30, [UInt8(ascii: "x")]), #"member "a.npy": its own header differs"#),
            (changed(second + 46, [UInt8(ascii: "a")]), #"member "a.npy": it stands there twice"#),
        ]
        for (data, message) in hostile {
            let error = #expect(throws: FileFormatError.self) { try contents(data) }
            let text = error?.description ?? ""
            #expect(text.hasPrefix("cannot read the data: " + message), "\(text), expected \(message)")
        }
        // A content that is not the one that was checked.
        let broken = changed(36, [UInt8(ascii: "F")])
        #expect(
            throws: FileFormatError(
                place: #"member "a.npy""#, reason: "its content does not have the checksum of the file")
        ) {
            try contents(broken)
        }
    }

    /// Two members of the same bytes, which would make an archive of one member stand for any number of them.
    @Test func overlappingMembersAreRefused() throws {
        let twins = [
            ZipArchive.member("a.npy", Data("same".utf8), isDeflated: false),
            ZipArchive.member("b.npy", Data("same".utf8), isDeflated: false),
        ]
        var data = ZipArchive(members: twins).data
        // The second entry becomes one of the first member, as far as names go.
        let first = try #require(data.firstRange(of: Data([0x50, 0x4B, 1, 2]))).lowerBound
        let second = try #require(data[(first + 4)...].firstRange(of: Data([0x50, 0x4B, 1, 2]))).lowerBound
        // The first member is so long that it reaches over the header of the second one.
        data.replaceSubrange(first + 20..<first + 28, with: [40, 0, 0, 0, 40, 0, 0, 0])
        let error = #expect(throws: FileFormatError.self) { try ZipArchive(data) }
        #expect(error?.description.contains(#"member "b.npy": its bytes overlap with those of "a.npy""#) == true)
        #expect(second > first)
    }

    @Test func bombsAreRefusedBeforeTheyAreUnpacked() throws {
        let bomb = NumPyArchive(["zeros": StoredArray(.uint8, shape: [1 << 22], bytes: Data(count: 1 << 22))])
        let data = bomb.data(isCompressed: true)
        #expect(data.count < 1 << 13)
        #expect(try NumPyArchive(data) == bomb)
        let error = #expect(throws: FileFormatError.self) { try NumPyArchive(data, decompressingAtMost: 1 << 20) }
        #expect(error?.reason == "with those before it, its 4194432 bytes are more than the 1048576 that are allowed")
        // A size that so few bytes cannot stand for.
        var claim = data
        let directory = try #require(claim.firstRange(of: Data([0x50, 0x4B, 1, 2]))).lowerBound
        claim.replaceSubrange(directory + 24..<directory + 28, with: [0, 0, 0, 0x40])
        let impossible = #expect(throws: FileFormatError.self) { try NumPyArchive(claim) }
        #expect(impossible?.reason.hasSuffix("compressed bytes cannot stand for 1073741824") == true)
    }
}
