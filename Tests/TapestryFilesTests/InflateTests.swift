import Foundation
import Testing

@testable import TapestryFiles

@Suite struct InflateTests {
    /// zlib's streams of one content (`Goldens/generate_numpy.py`): stored, with fixed codes, with codes of their own.
    @Test func streamsOfAnotherLibraryAreUndone() throws {
        let streams = try NumPyTests.golden("streams").arrays
        let content = try #require(streams["content"]).bytes
        #expect(streams.count == 8 && content.count > 20_000)
        for (name, stream) in streams where name != "content" {
            #expect(try Inflate.bytes(of: stream.bytes, count: content.count) == content, "\(name)")
        }
    }

    @Test func whatIsCompressedIsUndone() throws {
        var contents = try [#require(NumPyTests.golden("streams").arrays["content"]).bytes]
        contents += [Data(), Data([0]), Data([1, 2]), Data(repeating: 9, count: 300_000)]
        var state: UInt64 = 1
        func next(_ limit: UInt64) -> UInt8 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(state >> 33 % limit)
        }
        // Noise, which is stored, and more and more of what repeats; several blocks of it.
        for limit in [256, 200, 16, 3, 2] as [UInt64] { contents.append(Data((0..<150_000).map { _ in next(limit) })) }
        // Frequencies like Fibonacci numbers, whose best code would be too long.
        var (a, b) = (1, 1)
        var skewed = Data()
        for symbol in 0..<24 {
            skewed += Data(repeating: UInt8(symbol), count: a)
            (a, b) = (b, a + b)
        }
        let shuffled = skewed.indices.sorted { ($0 * 7919 % 100_003, $0) < ($1 * 7919 % 100_003, $1) }
        contents.append(Data(shuffled.map { skewed[$0] }))
        for content in contents {
            let stream = Deflate.stream(of: content)
            #expect(try Inflate.bytes(of: stream, count: content.count) == content)
            #expect(stream.count <= content.count + content.count / 60_000 * 5 + 10)
        }
        #expect(Deflate.stream(of: Data(repeating: 9, count: 300_000)).count < 600)
        let text = contents[0]
        #expect(Deflate.stream(of: text).count < text.count / 4)
    }

    /// The lengths of codes that are as short as they can be, against the sums that Huffman's own algorithm gives.
    @Test func codesAreAsShortAsTheyCanBe() {
        func cost(_ frequencies: [Int], _ limit: Int) -> Int {
            let code = HuffmanEncoder(frequencies: frequencies, limit: limit)
            #expect(code.lengths.allSatisfy { Int($0) <= limit })
            return zip(frequencies, code.lengths).reduce(0) { $0 + $1.0 * Int($1.1) }
        }
        func huffman(_ frequencies: [Int]) -> Int {
            var weights = frequencies.filter { $0 > 0 }
            var sum = 0
            while weights.count > 1 {
                weights.sort(by: >)
                let merged = weights.removeLast() + weights.removeLast()
                sum += merged
                weights.append(merged)
            }
            return sum
        }
        for frequencies in [[1, 1], [5, 1, 1, 3], [0, 8, 4, 2, 1, 0, 1], Array(1...40), [7, 7, 7]] {
            #expect(cost(frequencies, 15) == huffman(frequencies))
        }
        // 1, 2, 4, 8, 16 within three bits: four codes of three bits and two more of … the best is 3, 3, 3, 3, 1.
        #expect(cost([1, 2, 4, 8, 16], 3) == 3 * (1 + 2 + 4 + 8) + 16)
        #expect(cost([0, 5, 0], 15) == 5)
    }

    /// Lengths that fill a code exactly, or the two that RFC 1951 allows beside: one code of one bit, and none.
    @Test func codesMustBeComplete() {
        for lengths in [[1, 1], [1, 2, 2], [2, 2, 2, 2], [0, 3, 1, 3, 2], [1], [0, 0]] as [[UInt8]] {
            #expect(HuffmanDecoder(lengths: lengths) != nil, "\(lengths)")
        }
        for lengths in [[1, 1, 1], [1, 2], [2], [2, 2, 2], [1, 2, 2, 15], [3, 3, 3, 3, 3, 3, 3, 3, 3]] as [[UInt8]] {
            #expect(HuffmanDecoder(lengths: lengths) == nil, "\(lengths)")
        }
    }

    @Test func brokenStreamsAreRefused() {
        let hostile: [([UInt8], Int, String)] = [
            ([], 0, "the stream ends in the middle of a block"),
            ([0x07], 0, "a block of an unknown kind"),
            ([0x01, 1, 0, 0, 0, 9], 1, "the length of a stored block differs from its complement"),
            ([0x01, 2, 0, 0xFD, 0xFF, 9], 2, "the stream ends in the middle of a block"),
            ([0x01, 2, 0, 0xFD, 0xFF, 9, 9], 1, "it stands for more than 1 byte"),
            ([0x01, 1, 0, 0xFE, 0xFF, 9, 9], 1, "1 byte behind the end of the stream"),
            ([0x01, 1, 0, 0xFE, 0xFF, 9], 2, "it stands for 1 byte, not 2"),
            // Fixed codes: a match of 3 from 1 byte before the beginning: 1, 01, 0000001, 00000.
            ([0x03, 0x02], 3, "a match from before the beginning"),
            ([0x03], 0, "the stream ends in the middle of a block"),
            // Codes of their own, with 287 literals, and with no code for the end of the block.
            (
                [0xFD, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], 3,
                "lengths of codes that are in no code"
            ),
            ([0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00], 3, "bits that no code begins with"),
        ]
        for (stream, count, reason) in hostile {
            let error = #expect(throws: FileFormatError.self) { try Inflate.bytes(of: Data(stream), count: count) }
            #expect(error?.reason == reason)
        }
    }
}
