import Foundation
import Tapestry
import TapestryCommand

/// Times the library's workloads.
@main
enum Main {
    struct Settings {
        var filter = ""
        var threads = 1
        var json: String?
    }

    static func main() {
        var options = CommandOptions(
            program: "Benchmarks", summary: "Times the library's workloads.", defaults: Settings())
        options.text("--filter", \.filter, help: "run the workloads whose names contain this")
        options.integer("--threads", \.threads, in: 1...1024, help: "threads for large operations")
        options.path("--json", \.json, help: "write the results to this file")
        options.run { settings in
            Parallel.threadCount = settings.threads
            let chosen = Workload.all.filter { settings.filter.isEmpty || $0.name.contains(settings.filter) }
            if chosen.isEmpty {
                let names = Workload.all.map(\.name).joined(separator: ", ")
                throw CommandError("no workload's name contains \"\(settings.filter)\"; there are \(names)")
            }
            let results = chosen.map { workload in
                let measurement = Measurement(
                    name: workload.name, operations: workload.operations, workload.prepare())
                print(measurement.line)
                return measurement
            }
            if let path = settings.json {
                let report = Report(machine: machine, threads: settings.threads, results: results)
                let encoder = JSONEncoder()
                encoder.keyEncodingStrategy = .convertToSnakeCase
                encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
                try encoder.encode(report).write(to: URL(fileURLWithPath: path), options: .atomic)
            }
        }
    }

    private static var machine: String {
        let process = ProcessInfo.processInfo
        return
            "\(process.operatingSystemVersionString), \(process.processorCount) processors, \(Parallel.instructionSet)"
    }
}
