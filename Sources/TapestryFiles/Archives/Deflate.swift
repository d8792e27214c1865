import Foundation

/// Compresses bytes as ZIP archives do (RFC 1951): what repeats is a reference back, and what is left is written in a
/// prefix code made for each block.
enum Deflate {
    /// A stream that `Inflate` makes the same bytes of.
    static func stream(of bytes: Data) -> Data {
        var writer = BitWriter()
        bytes.withUnsafeBytes { bytes in
            var matcher = RepetitionFinder(bytes)
            var position = 0
            repeat {
                let (tokens, end) = matcher.tokens(from: position)
                write(
                    tokens, of: UnsafeRawBufferPointer(rebasing: bytes[position..<end]), isLast: end == bytes.count,
                    to: &writer)
                position = end
            } while position < bytes.count
        }
        writer.align()
        return Data(writer.bytes)
    }

    private static func write(
        _ tokens: [RepetitionFinder.Token], of content: UnsafeRawBufferPointer, isLast: Bool, to writer: inout BitWriter
    ) {
        var literals = [Int](repeating: 0, count: 286)
        var distances = [Int](repeating: 0, count: 30)
        literals[256] = 1
        var extraBits = 0
        for token in tokens {
            literals[token.literal] += 1
            guard let far = token.far else { continue }
            distances[far] += 1
            extraBits += DeflateSymbols.lengths[token.literal - 257].extraBits
            extraBits += DeflateSymbols.distances[far].extraBits
        }
        let literalCode = HuffmanEncoder(frequencies: literals, limit: 15)
        let distanceCode = HuffmanEncoder(frequencies: distances, limit: 15)
        let header = DeflateHeader(literalCode, distanceCode)
        let bits =
            extraBits + header.bits + zip(literals, literalCode.lengths).reduce(0) { $0 + $1.0 * Int($1.1) }
            + zip(distances, distanceCode.lengths).reduce(0) { $0 + $1.0 * Int($1.1) }
        // What repeats too little is stored as it is.
        if bits / 8 >= content.count {
            return store(content, isLast: isLast, to: &writer)
        }
        writer.write(isLast ? 1 : 0, bits: 1)
        writer.write(2, bits: 2)
        header.write(to: &writer)
        for token in tokens {
            literalCode.write(token.literal, to: &writer)
            guard let far = token.far else { continue }
            let (length, distance) = (DeflateSymbols.lengths[token.literal - 257], DeflateSymbols.distances[far])
            writer.write(token.length - length.base, bits: length.extraBits)
            distanceCode.write(far, to: &writer)
            writer.write(token.distance - distance.base, bits: distance.extraBits)
        }
        literalCode.write(256, to: &writer)
    }

    /// A block of at most 65535 bytes, as long as `RepetitionFinder.blockSize`, or none.
    private static func store(_ content: UnsafeRawBufferPointer, isLast: Bool, to writer: inout BitWriter) {
        writer.write(isLast ? 1 : 0, bits: 1)
        writer.write(0, bits: 2)
        writer.align()
        for number in [UInt16(content.count), ~UInt16(content.count)] {
            writer.append([UInt8(truncatingIfNeeded: number), UInt8(number >> 8)])
        }
        writer.append(content)
    }
}

/// The head of a block that brings its own codes: the lengths of their codes, in a code of their own.
private struct DeflateHeader {
    private let literalCount: Int
    private let distanceCount: Int
    private let symbols: [(symbol: Int, extra: Int, bits: Int)]
    private let code: HuffmanEncoder
    private let lengthCount: Int

    init(_ literals: HuffmanEncoder, _ distances: HuffmanEncoder) {
        literalCount = max(257, literals.lengths.lastIndex { $0 > 0 }! + 1)
        distanceCount = max(1, (distances.lengths.lastIndex { $0 > 0 } ?? 0) + 1)
        symbols = DeflateHeader.runs(
            Array(literals.lengths[..<literalCount]) + Array(distances.lengths[..<distanceCount]))
        var frequencies = [Int](repeating: 0, count: 19)
        for symbol in symbols { frequencies[symbol.symbol] += 1 }
        code = HuffmanEncoder(frequencies: frequencies, limit: 7)
        let order = DeflateSymbols.orderOfLengths
        lengthCount = max(4, order.lastIndex { frequencies[$0] > 0 }! + 1)
    }

    var bits: Int {
        symbols.reduce(3 + 14 + 3 * lengthCount) { $0 + Int(code.lengths[$1.symbol]) + $1.bits }
    }

    func write(to writer: inout BitWriter) {
        writer.write(literalCount - 257, bits: 5)
        writer.write(distanceCount - 1, bits: 5)
        writer.write(lengthCount - 4, bits: 4)
        for symbol in DeflateSymbols.orderOfLengths[..<lengthCount] {
            writer.write(Int(code.lengths[symbol]), bits: 3)
        }
        for (symbol, extra, bits) in symbols {
            code.write(symbol, to: &writer)
            writer.write(extra, bits: bits)
        }
    }

    /// Lengths as symbols of section 3.2.7: 16 repeats the last one 3 to 6 times, 17 and 18 are 3 to 10 and 11 to 138
    /// zeros.
    private static func runs(_ lengths: [UInt8]) -> [(symbol: Int, extra: Int, bits: Int)] {
        var symbols: [(symbol: Int, extra: Int, bits: Int)] = []
        var position = 0
        while position < lengths.count {
            let length = lengths[position]
            let end = lengths[position...].firstIndex { $0 != length } ?? lengths.count
            var rest = end - position
            position = end
            if length > 0 {
                symbols.append((Int(length), 0, 0))
                rest -= 1
            }
            while rest >= 3 {
                let (symbol, least, most, bits) =
                    length > 0 ? (16, 3, 6, 2) : rest <= 10 ? (17, 3, 10, 3) : (18, 11, 138, 7)
                let count = min(rest, most)
                symbols.append((symbol, count - least, bits))
                rest -= count
            }
            for _ in 0..<rest { symbols.append((Int(length), 0, 0)) }
        }
        return symbols
    }
}
