import Foundation
import Tapestry
import TapestryCommand
import TapestryFiles

/// Times the library's workloads.
@main
enum Main {
    struct Settings {
        var filter = ""
        var list = false
        var backwardMemory = false
        var threads = 1
        var seconds = 1.0
        var json: String?
        var compare: String?
    }

    static func main() {
        var options = CommandOptions(
            program: "Benchmarks",
            summary:
                "Times the library's workloads: the median of runs, and from the 10th to the 90th percentile of them.",
            defaults: Settings())
        options.text(
            "--filter", \.filter,
            help: """
                the workloads to run, separated by commas: a name, a pattern, or a part of the names of several \
                (default: all)
                """)
        options.flag("--list", \.list, help: "print the names of the workloads and exit")
        options.flag(
            "--backward-memory", \.backwardMemory,
            help: "print how much memory gradients take instead of how much time, and exit")
        options.integer("--threads", \.threads, in: 1...256, help: "threads for large operations")
        options.number("--seconds", \.seconds, .positive, help: "how long to time each workload")
        options.path("--json", \.json, help: "write the results to this file")
        options.path("--compare", \.compare, help: "show the ratios to the results in this file of --json")
        options.run { try run($0) }
    }

    private static func run(_ settings: Settings) throws {
        let chosen: [Workload]
        do {
            chosen = try Workload.named(settings.filter)
        } catch {
            throw CommandError(
                "--filter: no workload is called \(error.name.debugDescription); --list names them")
        }
        if settings.list { return print(chosen.map(\.name).joined(separator: "\n")) }
        if settings.backwardMemory { return print(withRandomSeed(0) { BackwardMemory.report }) }
        let earlier = try settings.compare.map { try Report(contentsOf: $0) }
        if let path = settings.json { try OutputFile.checkWritable(path) }

        Parallel.threadCount = settings.threads
        print("\(Report.machine); threads: \(settings.threads)")
        if let earlier { print("compared with: \(earlier.machine); threads: \(earlier.threads)") }
        let results = chosen.map { workload in
            let result = withRandomSeed(0) { Measurement(workload, budget: settings.seconds) }
            print(result.line(comparedWith: earlier?.result(named: workload.name)))
            fflush(nil)
            return result
        }
        if let path = settings.json { try Report(threads: settings.threads, results: results).write(to: path) }
    }
}
