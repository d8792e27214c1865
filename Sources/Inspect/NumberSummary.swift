import Foundation
import Tapestry
import TapestryFiles

/// The range of numbers, their mean, and how many are infinite or not numbers.
struct NumberSummary {
    private var least = Double.infinity
    private var greatest = -Double.infinity
    private var sum = 0.0
    private var finiteCount = 0
    private var otherCount = 0
    private let hasTruthValues: Bool

    /// Of no numbers yet.
    init() { hasTruthValues = false }

    /// Of an array's elements, some at a time; of truth values, how many of them are true.
    init(_ array: StoredArray) throws(FileFormatError) {
        hasTruthValues = array.elementType == .bool
        let (size, step) = (array.elementType.size, 1 << 16)
        for start in stride(from: 0, to: array.count, by: step) {
            let count = min(step, array.count - start)
            let bytes = array.bytes.dropFirst(start * size).prefix(count * size)
            let part = StoredArray(array.elementType, shape: [count], bytes: bytes)
            let numbers: [Double] =
                hasTruthValues ? try part.tensor(as: Bool.self).scalars.map { $0 ? 1 : 0 } : try part.tensor().scalars
            for number in numbers { add(number) }
        }
    }

    mutating func add(_ number: Double) {
        guard number.isFinite else {
            otherCount += 1
            return
        }
        least = min(least, number)
        greatest = max(greatest, number)
        sum += number
        finiteCount += 1
    }

    /// The least, the greatest and the mean of the finite ones, and how many are not finite.
    var fields: [String] {
        func field(_ number: Double) -> String { String(format: "%.6g", number) }
        if finiteCount == 0 { return ["", "", "", "\(otherCount)"] }
        if hasTruthValues { return ["", "", field(sum / Double(finiteCount)), "\(otherCount)"] }
        return [field(least), field(greatest), field(sum / Double(finiteCount)), "\(otherCount)"]
    }
}
