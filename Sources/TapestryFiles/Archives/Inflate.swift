import Foundation

/// Undoes the compression of ZIP archives (RFC 1951).
enum Inflate {
    /// No byte of a compressed stream stands for more bytes than this: two bits are a match of 258.
    static let greatestRatio = 1032

    /// The bytes that a stream stands for.
    ///
    /// - Parameters:
    ///   - stream: the whole stream, and nothing behind it.
    ///   - count: how many bytes it stands for, which was compared with ``greatestRatio``.
    /// - Throws: A ``FileFormatError`` with the byte of the stream at which it breaks which rule, or does not have the
    ///   count.
    static func bytes(of stream: Data, count: Int) throws(FileFormatError) -> Data {
        var output = Data(count: count)
        let error: FileFormatError? = output.withUnsafeMutableBytes { output in
            stream.withUnsafeBytes { stream in
                var inflater = Inflater(stream, output)
                do throws(FileFormatError) {
                    try inflater.run()
                    return nil
                } catch {
                    return FileFormatError(place: "byte \(inflater.reader.position)", reason: error.reason)
                }
            }
        }
        if let error { throw error }
        return output
    }
}

/// The state of one stream.
private struct Inflater {
    var reader: BitReader
    private let output: UnsafeMutableRawBufferPointer
    private var count = 0

    init(_ stream: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer) {
        reader = BitReader(stream)
        self.output = output
    }

    mutating func run() throws(FileFormatError) {
        var isLast = false
        while !isLast {
            isLast = try take(1) == 1
            switch try take(2) {
            case 0: try storedBlock()
            case 1: try block(Inflater.fixedCodes.literals, Inflater.fixedCodes.distances)
            case 2:
                let (literals, distances) = try codes()
                try block(literals, distances)
            default: throw FileFormatError(reason: "a block of an unknown kind")
            }
        }
        guard count == output.count else {
            throw FileFormatError(reason: "it stands for \(count.counted("byte")), not \(output.count)")
        }
        guard reader.restCount == 0 else {
            throw FileFormatError(reason: "\(reader.restCount.counted("byte")) behind the end of the stream")
        }
    }

    @inline(__always)
    private mutating func take(_ bits: Int) throws(FileFormatError) -> Int {
        guard let number = reader.take(bits) else { throw Inflater.truncation }
        return number
    }

    private static let truncation = FileFormatError(reason: "the stream ends in the middle of a block")

    private func checkRoom(_ more: Int) throws(FileFormatError) {
        guard more <= output.count - count else {
            throw FileFormatError(reason: "it stands for more than \(output.count.counted("byte"))")
        }
    }

    private mutating func storedBlock() throws(FileFormatError) {
        guard let header = reader.takeBytes(4) else { throw Inflater.truncation }
        let length = UInt16(littleEndian: header.loadUnaligned(as: UInt16.self))
        guard length == ~UInt16(littleEndian: header.loadUnaligned(fromByteOffset: 2, as: UInt16.self)) else {
            throw FileFormatError(reason: "the length of a stored block differs from its complement")
        }
        try checkRoom(Int(length))
        guard let content = reader.takeBytes(Int(length)) else { throw Inflater.truncation }
        UnsafeMutableRawBufferPointer(rebasing: output[count..<count + content.count]).copyMemory(from: content)
        count += content.count
    }

    private mutating func block(
        _ literals: HuffmanDecoder, _ distances: HuffmanDecoder
    ) throws(FileFormatError) {
        while true {
            guard let symbol = literals.symbol(from: &reader) else { throw try faultOfSymbol() }
            switch symbol {
            case 0..<256:
                try checkRoom(1)
                output[count] = UInt8(symbol)
                count += 1
            case 256: return
            default:
                guard symbol - 257 < DeflateSymbols.lengths.count else {
                    throw FileFormatError(reason: "a length of an unknown kind")
                }
                let length = DeflateSymbols.lengths[symbol - 257]
                let matched = length.base + (try take(length.extraBits))
                guard let far = distances.symbol(from: &reader) else { throw try faultOfSymbol() }
                guard far < DeflateSymbols.distances.count else {
                    throw FileFormatError(reason: "a distance of an unknown kind")
                }
                let distance = DeflateSymbols.distances[far]
                try copy(matched, from: distance.base + (try take(distance.extraBits)))
            }
        }
    }

    /// Why no symbol was found: there are no bits left, or no code begins like those that are.
    private mutating func faultOfSymbol() throws(FileFormatError) -> FileFormatError {
        _ = try take(15)
        return FileFormatError(reason: "bits that no code begins with")
    }

    /// Bytes that have been written before, once more. The two places may overlap: then a pattern repeats.
    private mutating func copy(_ length: Int, from distance: Int) throws(FileFormatError) {
        guard distance <= count else { throw FileFormatError(reason: "a match from before the beginning") }
        try checkRoom(length)
        for _ in 0..<length {
            output[count] = output[count - distance]
            count += 1
        }
    }

    /// The codes of a block that brings its own, whose lengths are in a code themselves.
    private mutating func codes() throws(FileFormatError) -> (literals: HuffmanDecoder, distances: HuffmanDecoder) {
        let literalCount = try take(5) + 257
        let distanceCount = try take(5) + 1
        var lengthsOfLengths = [UInt8](repeating: 0, count: 19)
        for place in 0..<(try take(4) + 4) {
            lengthsOfLengths[DeflateSymbols.orderOfLengths[place]] = UInt8(try take(3))
        }
        guard let decoder = HuffmanDecoder(lengths: lengthsOfLengths) else {
            throw FileFormatError(reason: "lengths of codes that are in no code")
        }
        var lengths: [UInt8] = []
        while lengths.count < literalCount + distanceCount {
            guard let symbol = decoder.symbol(from: &reader) else { throw try faultOfSymbol() }
            switch symbol {
            case 16:
                guard let last = lengths.last else { throw FileFormatError(reason: "a repetition of nothing") }
                lengths += [UInt8](repeating: last, count: try take(2) + 3)
            case 17: lengths += [UInt8](repeating: 0, count: try take(3) + 3)
            case 18: lengths += [UInt8](repeating: 0, count: try take(7) + 11)
            default: lengths.append(UInt8(symbol))
            }
        }
        guard lengths.count == literalCount + distanceCount, literalCount <= 286, lengths[256] != 0,
            let literals = HuffmanDecoder(lengths: Array(lengths[..<literalCount])),
            let distances = HuffmanDecoder(lengths: Array(lengths[literalCount...]))
        else { throw FileFormatError(reason: "lengths that belong to no code") }
        return (literals, distances)
    }

    /// The codes of blocks that bring none (section 3.2.6).
    private static let fixedCodes = (
        literals: HuffmanDecoder(lengths: DeflateSymbols.fixedLiteralLengths)!,
        distances: HuffmanDecoder(lengths: [UInt8](repeating: 5, count: 32))!
    )
}
