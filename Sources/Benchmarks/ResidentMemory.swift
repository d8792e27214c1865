import Foundation

/// The memory that the process holds at some moment, to compare its later peak with. Known on Linux only.
struct ResidentMemory {
    private let bytesAtStart: Int?

    /// Starts a new peak now.
    init() {
        // Where the system does not let a process reset its peak, the peak counts from the start of the process.
        try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
        bytesAtStart = ResidentMemory.bytes("VmRSS:")
    }

    /// By how many bytes the peak since then lies above what was held then.
    var growthAtPeak: Int? {
        guard let bytesAtStart, let peak = ResidentMemory.bytes("VmHWM:") else { return nil }
        return max(0, peak - bytesAtStart)
    }

    /// A line of the process's status: `VmRSS:     1234 kB`.
    private static func bytes(_ field: String) -> Int? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix(field) })
        else { return nil }
        return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
    }
}
