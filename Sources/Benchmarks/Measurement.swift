import Foundation

/// The spread of the times of one operation over repeated runs.
struct Timing {
    let medianSeconds, p10Seconds, p90Seconds: Double
    /// How many times were taken.
    let runs: Int
    /// The processor time that the process had while the times were taken, as a part of the time that passed: below 1
    /// by more than a little if other processes took some, above 1 with several threads.
    let processorShare: Double

    /// What one time is taken of at least: several runs if one is shorter, so that the clock's own time does not count.
    private static let shortestSeconds = 1e-4
    private static let fewestRuns = 5

    /// Warms `run` up for a tenth of `budget` seconds, and then times it until the budget is spent, at least five
    /// times.
    ///
    /// - Parameter operations: how many operations one run is; times are given for one.
    init(operations: Int, budget: Double, _ run: () -> Void) {
        let clock = ContinuousClock()
        func seconds(_ count: Int) -> Double {
            clock.measure { for _ in 0..<count { run() } } / .seconds(1)
        }
        let start = clock.now
        var latest = seconds(1)
        repeat { latest = seconds(1) } while (clock.now - start) / .seconds(1) < budget / 10
        let count = max(1, Int((Timing.shortestSeconds / latest).rounded(.up)))

        var times: [Double] = []
        var spent = 0.0
        let (measuring, processor) = (clock.now, processorSeconds())
        while times.count < Timing.fewestRuns || spent < budget {
            times.append(seconds(count))
            spent += times.last!
        }
        processorShare = (processorSeconds() - processor) / ((clock.now - measuring) / .seconds(1))
        times.sort()
        let divisor = Double(count * operations)
        runs = times.count
        medianSeconds = times[times.count / 2] / divisor
        p10Seconds = times[times.count / 10] / divisor
        p90Seconds = times[times.count * 9 / 10] / divisor
    }
}

/// The processor time that the process has had so far, on all threads.
private func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// What was found out about one workload, as `--json` writes it.
struct Measurement: Codable {
    let name: String
    let medianSeconds, p10Seconds, p90Seconds: Double
    let runs, operations: Int
    let processorShare: Double
    /// Work per second, in billions of `unit`'s things.
    var rate: Double?
    var unit: String?
    /// The limit that bounds the rate, the limit's own rate before and after the workload (the mean), and the part of
    /// it that the workload reaches.
    var limit: String?
    var limitRate: Double?
    var shareOfLimit: Double?
    /// By how much the workload raised the process's resident memory at its peak: an answer about the first workload
    /// of a process only, since memory is kept for later ones.
    let residentGrowthBytes: Int?

    /// Measures a workload for about `budget` seconds.
    init(_ workload: Workload, budget: Double) {
        let gauge = workload.work.flatMap { $0.limit.rawValue == workload.name ? nil : Gauge($0.limit) }
        let rateBefore = gauge?.rate()
        let residence = ResidentMemory()
        let timing = Timing(operations: workload.operations, budget: budget, workload.prepare())
        residentGrowthBytes = residence.growthAtPeak

        name = workload.name
        operations = workload.operations
        medianSeconds = timing.medianSeconds
        p10Seconds = timing.p10Seconds
        p90Seconds = timing.p90Seconds
        runs = timing.runs
        processorShare = timing.processorShare
        if let work = workload.work {
            rate = work.amount / timing.medianSeconds / 1e9
            unit = work.limit.unit
        }
        if let work = workload.work, let gauge, let rateBefore {
            limit = work.limit.rawValue
            limitRate = (rateBefore + gauge.rate()) / 2 / 1e9
            shareOfLimit = rate! / limitRate!
        }
    }
}
