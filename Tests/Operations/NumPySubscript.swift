import TapestryAutograd
import TapestryTestSupport

/// A subscript in NumPy's notation: `1:3, -1, ::2`.
struct NumPySubscript {
    private enum Part {
        case position(Int)
        case slice(lower: Int?, upper: Int?, step: Int)
        case newAxis, ellipsis
    }

    private let parts: [Part]

    init(_ text: String) throws {
        parts = try text.split(separator: ",").map { part in
            switch part.trimmingPrefix(while: \.isWhitespace) {
            case "None": return .newAxis
            case "...": return .ellipsis
            default: break
            }
            let numbers = try part.split(separator: ":", omittingEmptySubsequences: false).map { number -> Int? in
                let digits = number.filter { $0 != " " }
                if digits.isEmpty { return nil }
                guard let number = Int(digits) else { throw GoldenError("subscript \(text) is not known") }
                return number
            }
            switch numbers.count {
            case 1: return .position(try numbers[0] ?? { throw GoldenError("subscript \(text) is not known") }())
            case 2: return .slice(lower: numbers[0], upper: numbers[1], step: 1)
            case 3 where numbers[2] != 0: return .slice(lower: numbers[0], upper: numbers[1], step: numbers[2] ?? 1)
            default: throw GoldenError("subscript \(text) is not known")
            }
        }
        if !(1...4).contains(parts.count) { throw GoldenError("subscript \(text) has \(parts.count) parts") }
    }

    /// As Swift writes it: each kind of range stands for itself where it can.
    func subscripts(for shape: [Int]) -> [any TensorSubscript] {
        var axis = 0
        return parts.map { part in
            defer {
                switch part {
                case .position, .slice: axis += 1
                case .newAxis: break
                case .ellipsis: axis = shape.count - axesAfterEllipsis
                }
            }
            let extent = axis < shape.count ? shape[axis] : 0
            return switch part {
            case .newAxis: TensorSubscriptMarker.newAxis
            case .ellipsis: TensorSubscriptMarker.ellipsis
            case .position(let position): position
            case .slice(let lower?, let upper?, 1) where lower >= 0 && upper >= lower && upper <= extent: lower..<upper
            case .slice(let lower?, nil, 1) where abs(lower) <= extent: lower...
            case .slice(nil, let upper?, 1) where abs(upper) <= extent: ..<upper
            case .slice(nil, nil, 1): 0...
            case .slice(let lower, let upper, let step): strided(lower, upper, step, extent: extent)
            }
        }
    }

    private var axesAfterEllipsis: Int {
        parts.drop { if case .ellipsis = $0 { false } else { true } }.count {
            switch $0 {
            case .position, .slice: true
            case .newAxis, .ellipsis: false
            }
        }
    }

    /// Bounds outside of the axis are taken for its ends.
    private func strided(_ lower: Int?, _ upper: Int?, _ step: Int, extent: Int) -> StrideTo<Int> {
        let (first, last) = step > 0 ? (0, extent) : (-1, extent - 1)
        func fromStart(_ bound: Int) -> Int { min(max(bound < 0 ? bound + extent : bound, first), last) }
        return stride(
            from: lower.map(fromStart) ?? (step > 0 ? first : last),
            to: upper.map(fromStart) ?? (step > 0 ? last : first), by: step)
    }
}

extension Tensor {
    func at(_ numPy: NumPySubscript) -> Tensor {
        let parts = numPy.subscripts(for: shape)
        return switch parts.count {
        case 1: self[parts[0]]
        case 2: self[parts[0], parts[1]]
        case 3: self[parts[0], parts[1], parts[2]]
        default: self[parts[0], parts[1], parts[2], parts[3]]
        }
    }

    mutating func assign(_ part: Tensor, at numPy: NumPySubscript) {
        let parts = numPy.subscripts(for: shape)
        switch parts.count {
        case 1: self[parts[0]] = part
        case 2: self[parts[0], parts[1]] = part
        case 3: self[parts[0], parts[1], parts[2]] = part
        default: self[parts[0], parts[1], parts[2], parts[3]] = part
        }
    }
}
