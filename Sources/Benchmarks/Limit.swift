import CTapestryKernels
import Foundation

/// What the machine can do at most, as measured by kernels that do nothing else, on all threads in use.
enum Limit: String, CaseIterable {
    /// Multiplications and additions of floats, by multiply-adds in registers.
    case arithmetic = "peak-flops"
    /// Bytes read and written by a copy of arrays that no cache holds.
    case copying = "peak-bandwidth"
    /// Bytes read and written by a copy of 2²⁰ floats, the size that the elementwise workloads have.
    case cachedCopying = "peak-bandwidth-cached"
    /// Bytes read from an array of 2²⁰ floats.
    case cachedReading = "peak-bandwidth-cached-reading"

    /// What is counted, in billions a second.
    var unit: String { self == .arithmetic ? "GFLOP/s" : "GB/s" }

    /// What one run does, in operations or bytes.
    var amount: Double {
        switch self {
        case .arithmetic: Double(Limit.multiplyAdds(rounds: 1) * Limit.rounds)
        case .copying: Double(2 * Limit.largeBytes)
        case .cachedCopying: Double(2 * Limit.cachedBytes)
        case .cachedReading: Double(Limit.cachedBytes)
        }
    }

    /// Makes ready what the measurement needs and returns one run of it.
    func prepare() -> () -> Void {
        switch self {
        case .arithmetic: { onAllThreads(Limit.rounds) { keep(Limit.multiplyAdds(rounds: $0.count)) } }
        case .copying: Limit.copying(bytes: Limit.largeBytes)
        case .cachedCopying: Limit.copying(bytes: Limit.cachedBytes)
        case .cachedReading: Limit.reading(bytes: Limit.cachedBytes)
        }
    }

    private static let rounds = 1 << 17
    private static let largeBytes = 64 << 20
    private static let cachedBytes = 4 << 20

    private static func multiplyAdds(rounds: Int) -> Int {
        var result: Float = 0
        let amount = tapestry_peak_arithmetic_kernel(Int32(TAPESTRY_FLOAT32))!(rounds, &result)
        keep(result)
        return amount
    }

    private static func copying(bytes: Int) -> () -> Void {
        let (source, target) = (Block(bytes: bytes), Block(bytes: bytes))
        return {
            onAllThreads(bytes) { part in
                memcpy(target.start + part.lowerBound, source.start + part.lowerBound, part.count)
            }
        }
    }

    private static func reading(bytes: Int) -> () -> Void {
        let kernel = tapestry_peak_reading_kernel(Int32(TAPESTRY_FLOAT32))!
        let block = Block(bytes: bytes)
        let size = MemoryLayout<Float>.size
        return {
            onAllThreads(bytes / size) { part in
                var result: Float = 0
                _ = kernel(part.count, block.start + part.lowerBound * size, &result)
                keep(result)
            }
        }
    }
}

extension Workload {
    /// The limits of the machine themselves.
    static let limits = Limit.allCases.map { limit in
        Workload(name: limit.rawValue, work: Work(amount: limit.amount, limit: limit), prepare: limit.prepare)
    }
}

/// The rate of a limit from time to time: the speed of a machine drifts, so a limit counts only beside what it limits.
struct Gauge {
    private let limit: Limit
    private let run: () -> Void

    init(_ limit: Limit) {
        self.limit = limit
        run = limit.prepare()
    }

    /// The rate now, per second: a few milliseconds.
    func rate() -> Double {
        limit.amount / Timing(operations: 1, budget: 0.01, run).medianSeconds
    }
}

/// Memory with something in it, so that reading it touches pages of its own.
private final class Block {
    let start: UnsafeMutableRawPointer

    init(bytes: Int) {
        start = .allocate(byteCount: bytes, alignment: 64)
        memset(start, 1, bytes)
    }

    deinit { start.deallocate() }
}

/// Calls `body` with even parts of `0 ..< count`, one for each thread in use, at once.
private func onAllThreads(_ count: Int, _ body: (Range<Int>) -> Void) {
    let parts = Int(tapestry_thread_count())
    withoutActuallyEscaping(body) { body in
        var work = { (part: Int) in body(count * part / parts..<count * (part + 1) / parts) }
        withUnsafeMutablePointer(to: &work) { context in
            tapestry_parallel(
                parts, { $0!.assumingMemoryBound(to: ((Int) -> Void).self).pointee($1) }, context)
        }
    }
}
