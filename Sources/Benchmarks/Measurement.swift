import Foundation

/// The times of one workload.
struct Measurement: Codable {
    let name: String
    let medianSeconds: Double
    let p10Seconds: Double
    let p90Seconds: Double
    let runs: Int
    /// What one run is divided by to give the time of one operation, where a run is many.
    let operations: Int

    /// Runs `body` a few times to warm up, then until `budget` seconds or `most` runs are spent, at least five times.
    init(name: String, operations: Int, budget: Double = 3, most: Int = 1000, _ body: () -> Void) {
        let clock = ContinuousClock()
        func time() -> Double { clock.measure(body) / .seconds(1) }
        for _ in 0..<3 { _ = time() }
        var times: [Double] = []
        var spent = 0.0
        while times.count < 5 || (spent < budget && times.count < most) {
            times.append(time())
            spent += times.last!
        }
        times.sort()
        self.name = name
        self.operations = operations
        runs = times.count
        medianSeconds = times[times.count / 2] / Double(operations)
        p10Seconds = times[times.count / 10] / Double(operations)
        p90Seconds = times[times.count * 9 / 10] / Double(operations)
    }

    var line: String {
        func text(_ seconds: Double) -> String {
            seconds < 1e-6
                ? String(format: "%8.1f ns", seconds * 1e9)
                : seconds < 1e-3
                    ? String(format: "%8.2f µs", seconds * 1e6) : String(format: "%8.3f ms", seconds * 1e3)
        }
        let padded = name.padding(toLength: 28, withPad: " ", startingAt: 0)
        return "\(padded) \(text(medianSeconds))   p10 \(text(p10Seconds))   p90 \(text(p90Seconds))   \(runs) runs"
    }
}

/// What `--json` writes.
struct Report: Codable {
    let machine: String
    let threads: Int
    let results: [Measurement]
}
