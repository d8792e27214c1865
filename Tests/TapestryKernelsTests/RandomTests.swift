import CTapestryKernels
import Foundation
import Testing

@Suite struct RandomTests {
    /// The known answers published with the generator (Random123, `kat_vectors`).
    @Test(
        arguments: [
            ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            (
                [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [0xffff_ffff, 0xffff_ffff],
                [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
            ),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
            ),
        ] as [([UInt32], [UInt32], [UInt32])])
    func knownAnswers(_ counter: [UInt32], _ key: [UInt32], _ answer: [UInt32]) {
        var out = [UInt32](repeating: 0, count: 4)
        tapestry_philox_block(counter, key, &out)
        #expect(out == answer)
    }

    /// The layout that the header promises, and that every part of a stream can be made by itself.
    @Test func layoutOfAStream() {
        let (seed, stream): (UInt64, UInt64) = (0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210)
        for first: UInt64 in [0, 1, 2, 3, 62, 63, 64, 0x3_ffff_ffc0, .max - 200] {
            for count in [0, 1, 3, 5, 64, 131] {
                var bits = [UInt32](repeating: 7, count: count + 1)
                tapestry_random_bits(seed, stream, first, count, &bits)
                for i in 0..<count {
                    let word = first + UInt64(i)
                    let block = word / 4
                    var answer = [UInt32](repeating: 0, count: 4)
                    tapestry_philox_block(
                        [UInt32(truncatingIfNeeded: block), UInt32(block >> 32), 0x7654_3210, 0xfedc_ba98],
                        [0x89ab_cdef, 0x0123_4567], &answer)
                    #expect(bits[i] == answer[Int(word % 4)])
                }
                #expect(bits[count] == 7)
            }
        }
    }

    @Test func elementsDoNotDependOnTheStart() {
        var floats = [Float](repeating: 0, count: 300)
        var doubles = [Double](repeating: 0, count: 300)
        for normal in [false, true] {
            let make = normal ? tapestry_random_normal : tapestry_random_uniform
            make(0, 5, 6, 0, 300, &floats)
            make(1, 5, 6, 0, 300, &doubles)
            for first in [1, 2, 3, 17, 63, 64, 100] {
                var someFloats = [Float](repeating: 0, count: 90)
                var someDoubles = [Double](repeating: 0, count: 90)
                make(0, 5, 6, UInt64(first), 90, &someFloats)
                make(1, 5, 6, UInt64(first), 90, &someDoubles)
                #expect(someFloats[...] == floats[first..<first + 90])
                #expect(someDoubles[...] == doubles[first..<first + 90])
            }
        }
    }

    @Test func uniform() {
        let count = 200_000
        var floats = [Float](repeating: -1, count: count)
        var doubles = [Double](repeating: -1, count: count)
        tapestry_random_uniform(0, 1, 2, 0, count, &floats)
        tapestry_random_uniform(1, 1, 2, 0, count, &doubles)
        #expect(floats.allSatisfy { 0 <= $0 && $0 < 1 && ($0 * 0x1p24).rounded() == $0 * 0x1p24 })
        #expect(doubles.allSatisfy { 0 <= $0 && $0 < 1 })
        #expect(doubles.contains { ($0 * 0x1p52).rounded() != $0 * 0x1p52 })
        for values in [floats.map(Double.init), doubles] {
            let mean = values.reduce(0, +) / Double(count)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
            #expect(abs(mean - 0.5) < 0.003 && abs(variance - 1.0 / 12) < 0.001)
        }
    }

    @Test func normal() {
        let count = 200_000
        var floats = [Float](repeating: 0, count: count)
        var doubles = [Double](repeating: 0, count: count)
        tapestry_random_normal(0, 3, 4, 0, count, &floats)
        tapestry_random_normal(1, 3, 4, 0, count, &doubles)
        for values in [floats.map(Double.init), doubles] {
            #expect(values.allSatisfy { $0.isFinite })
            func moment(_ power: Double) -> Double { values.reduce(0) { $0 + pow($1, power) } / Double(count) }
            #expect(abs(moment(1)) < 0.01 && abs(moment(2) - 1) < 0.015)
            #expect(abs(moment(3)) < 0.03 && abs(moment(4) - 3) < 0.1)
            let beyondTwo = values.reduce(0) { $0 + ($1.magnitude > 2 ? 1.0 : 0) } / Double(count)
            #expect(abs(beyondTwo - 0.0455) < 0.002)
        }
    }

    /// Box–Muller on the words themselves, with the library's functions.
    @Test func normalIsBoxMuller() {
        var bits = [UInt32](repeating: 0, count: 4000)
        var floats = [Float](repeating: 0, count: 2000)
        var doubles = [Double](repeating: 0, count: 1000)
        tapestry_random_bits(9, 8, 0, 4000, &bits)
        tapestry_random_normal(0, 9, 8, 0, 2000, &floats)
        tapestry_random_normal(1, 9, 8, 0, 1000, &doubles)
        for i in 0..<2000 {
            let u = Double(bits[2 * i]) * 0x1p-32 + 0x1p-33
            let turn = Double(Int32(bitPattern: bits[2 * i + 1])) * 0x1p-32
            let wanted = (-2 * log(u)).squareRoot() * cos(2 * .pi * turn)
            #expect(abs(Double(floats[i]) - wanted) < 5e-6)
        }
        func uniform(_ word: Int) -> Double {
            Double(bits[word] >> 5) * 0x1p-27 + Double(bits[word + 1] >> 6) * 0x1p-53
        }
        for i in 0..<1000 {
            let u = uniform(4 * i) + 0x1p-53
            let turn = uniform(4 * i + 2) - 0.5
            #expect(abs(doubles[i] - (-2 * log(u)).squareRoot() * cos(2 * .pi * turn)) < 1e-13)
        }
    }
}
