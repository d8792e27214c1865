import Foundation
import Tapestry
import TapestryCommand
import TapestryFiles

/// What `--json` writes and `--compare` reads.
struct Report: Codable {
    let machine: String
    let threads: Int
    let results: [Measurement]

    /// The system, the processors and the instruction set in use.
    static var machine: String {
        let process = ProcessInfo.processInfo
        let processors = [processorModel, "\(process.processorCount) processors"].compactMap(\.self)
        return ([process.operatingSystemVersionString] + processors + [Parallel.instructionSet])
            .joined(separator: ", ")
    }

    /// What Linux calls the first processor: `model name      : AMD EPYC`.
    private static var processorModel: String? {
        let information = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
        let line = information?.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
    }

    /// Reads a report of an earlier run. Throws what is wrong with the file in one line.
    init(contentsOf path: String) throws {
        let text = try TextFile.read(path)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let report = try? decoder.decode(Report.self, from: Data(text.utf8)),
            report.results.allSatisfy({ $0.medianSeconds.isFinite && $0.medianSeconds > 0 })
        else {
            throw FileFormatError(path: path, reason: "it is no report that --json of this program has written")
        }
        self = report
    }

    init(threads: Int, results: [Measurement]) {
        machine = Report.machine
        self.threads = threads
        self.results = results
    }

    /// Writes the report to a file.
    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try OutputFile.write(String(decoding: encoder.encode(self), as: UTF8.self) + "\n", to: path)
    }

    func result(named name: String) -> Measurement? { results.first { $0.name == name } }
}

extension Measurement {
    /// One line of the table, with the ratio of the time to that of an earlier measurement if there is one.
    func line(comparedWith earlier: Measurement?) -> String {
        var line = name.padded(to: Measurement.nameWidth)
        line += " \(text(medianSeconds))  (\(text(p10Seconds)) to \(text(p90Seconds)))"
        if let rate, let unit { line += String(format: "  %8.1f ", rate) + unit }
        if let limit, let shareOfLimit { line += String(format: "  %3.0f %% of ", 100 * shareOfLimit) + limit }
        if processorShare < Measurement.leastProcessorShare {
            line += String(format: "  disturbed: %.0f %% of a processor", 100 * processorShare)
        }
        if let earlier { line += String(format: "  %6.3f of the time before", medianSeconds / earlier.medianSeconds) }
        return line
    }

    /// A process that has less of its processor was disturbed by others.
    private static let leastProcessorShare = 0.9
    private static let nameWidth = Workload.all.map(\.name.count).max()!

    private func text(_ seconds: Double) -> String {
        switch seconds {
        case ..<1e-6: String(format: "%7.1f ns", seconds * 1e9)
        case ..<1e-3: String(format: "%7.2f µs", seconds * 1e6)
        default: String(format: "%7.2f ms", seconds * 1e3)
        }
    }
}
