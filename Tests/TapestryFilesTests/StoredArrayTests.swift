import Foundation
import Tapestry
import Testing

@Suite struct StoredArrayTests {
    private func stored(_ type: StoredElementType, _ bytes: [UInt8], count: Int) -> StoredArray {
        StoredArray(type, shape: [count], bytes: Data(bytes))
    }

    #if !(os(macOS) && arch(x86_64))
        /// All of the 65536, against the compiler's own type.
        @Test func everyNumberOf16Bits() throws {
            let patterns = (0...UInt16.max).map { $0 }
            let bytes = patterns.withUnsafeBytes { Array($0) }
            let floats: [Float] = try stored(.float16, bytes, count: patterns.count).tensor().scalars
            for (bits, float) in zip(patterns, floats) {
                let expected = Float(Float16(bitPattern: bits))
                #expect(float.isNaN ? expected.isNaN : float.bitPattern == expected.bitPattern)
            }
            let again = StoredArray(Tensor(floats), as: .float16)
            let numbers = again.bytes.withUnsafeBytes { Array($0.bindMemory(to: UInt16.self)) }
            for (bits, number) in zip(patterns, numbers) {
                #expect(Float16(bitPattern: bits).isNaN ? Float16(bitPattern: number).isNaN : bits == number)
            }
        }

        /// Numbers at and next to the middle between two short ones, in single and in double precision.
        @Test func numbersAreRoundedOnceToTheNearest() {
            var numbers: [Double] = []
            for bits in stride(from: UInt16(0), to: 0x7C00, by: 7) {
                let (low, high) = (Double(Float16(bitPattern: bits)), Double(Float16(bitPattern: bits + 1)))
                let middle = high.isFinite ? (low + high) / 2 : 65520
                for number in [middle, middle.nextUp, middle.nextDown, low.nextUp, low] {
                    numbers += [number, -number]
                }
            }
            numbers += [1e300, -1e300, .leastNonzeroMagnitude, .infinity, 65519.999, 65520, 65520.001]
            let bytes = StoredArray(Tensor(numbers), as: .float16).bytes
            let rounded = bytes.withUnsafeBytes { Array($0.bindMemory(to: UInt16.self)) }
            for (number, bits) in zip(numbers, rounded) {
                #expect(bits == Float16(number).bitPattern, "\(number)")
            }
        }
    #endif

    @Test func bfloat16IsRoundedOnceToTheNearest() throws {
        // 1 + 2⁻⁷ is the number after 1; the middle goes to the even one, what is above it to the next.
        let numbers = [
            1, 1 + 0x1p-8, 1 + 0x1p-8 + 0x1p-50, 1 + 3 * 0x1p-8, 1 + 3 * 0x1p-8 - 0x1p-50, 3.5e38, .infinity,
        ]
        let bytes = StoredArray(Tensor<Double>(numbers), as: .bfloat16).bytes
        let bits = bytes.withUnsafeBytes { Array($0.bindMemory(to: UInt16.self)) }
        #expect(bits == [0x3F80, 0x3F80, 0x3F81, 0x3F82, 0x3F81, 0x7F80, 0x7F80])
        let nan = StoredArray(Tensor<Float>([Float(bitPattern: 0x7F80_0001), .nan]), as: .bfloat16)
        let scalars: [Float] = try nan.tensor().scalars
        for scalar in scalars { #expect(scalar.isNaN) }
    }

    @Test func aViewIsStoredInTheOrderOfItsRows() throws {
        let matrix = Tensor<Float>([[1, 2, 3], [4, 5, 6]])
        #expect(try StoredArray(matrix.transposed()).tensor() == Tensor<Float>([[1, 4], [2, 5], [3, 6]]))
    }

    @Test func otherKindsOfNumbersAreRefused() {
        func expect<Scalar: TensorScalar>(_ array: StoredArray, as type: Scalar.Type, _ reason: String) {
            #expect(throws: FileFormatError(reason: reason)) { try array.tensor(as: Scalar.self) }
        }
        let floats = StoredArray(Tensor<Float>([1]))
        expect(floats, as: Int32.self, "its elements are float32, which are not whole numbers")
        expect(floats, as: Bool.self, "its elements are float32, which are not truth values")
        expect(StoredArray(Tensor([true])), as: Float.self, "its elements are bool, which are not real numbers")
        expect(stored(.bool, [1, 2], count: 2), as: Bool.self, "element 1 is 2, which is no truth value")
        let large = stored(.int64, [0, 0, 0, 0, 0, 0, 0, 0] + [0, 0, 0, 0, 1, 0, 0, 0], count: 2)
        expect(large, as: Int32.self, "element 1 is 4294967296, which is beyond Int32")
        let unsigned = [UInt8](repeating: 255, count: 8)
        let greatest = "element 0 is 18446744073709551615, which is beyond Int32"
        expect(stored(.uint64, unsigned, count: 1), as: Int32.self, greatest)
        expect(stored(.uint32, unsigned, count: 2), as: Int32.self, "element 0 is 4294967295, which is beyond Int32")
    }

    /// A file's bytes may begin anywhere.
    @Test func bytesNeedNotBeAligned() throws {
        let bytes = Data([9, 9, 9] + withUnsafeBytes(of: 1.5.bitPattern) { Array($0) })
        let array = StoredArray(.float64, shape: [1], bytes: bytes.dropFirst(3))
        #expect(try array.tensor() == Tensor<Double>([1.5]))
        let flags = StoredArray(.bool, shape: [2], bytes: Data([7, 1, 0]).dropFirst())
        #expect(try flags.tensor() == Tensor([true, false]))
    }
}
