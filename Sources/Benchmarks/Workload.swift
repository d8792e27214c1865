import Foundation
import Tapestry

/// Something to time, by name.
struct Workload: Sendable {
    let name: String
    /// How many operations one run is; times are given for one.
    var operations = 1
    /// What one operation has to do at least, if there is a number for it.
    var work: Work?
    /// Prepares the workload outside of the measured time and returns one run of it.
    let prepare: @Sendable () -> () -> Void

    static let all = recurrent + cells + engine + elementwise + products + limits

    /// The workloads that a comma-separated list of names means: a workload's own name means that one alone, a pattern
    /// with `*`, `?` or `[…]` every workload that it fits, anything else every workload whose name contains it. The
    /// empty list means all.
    ///
    /// - Throws: a name that means no workload.
    static func named(_ list: String) throws(UnknownWorkload) -> [Workload] {
        if list.isEmpty { return all }
        var chosen: Set<String> = []
        for name in list.split(separator: ",").map({ $0.trimmingCharacters(in: .whitespaces) }) where !name.isEmpty {
            let exact = all.filter { $0.name == name }
            let isPattern = name.contains { "*?[".contains($0) }
            let meant =
                exact.isEmpty
                ? all.filter { isPattern ? fnmatch(name, $0.name, 0) == 0 : $0.name.contains(name) } : exact
            if meant.isEmpty { throw UnknownWorkload(name: name) }
            chosen.formUnion(meant.map(\.name))
        }
        if chosen.isEmpty { throw UnknownWorkload(name: list) }
        return all.filter { chosen.contains($0.name) }
    }
}

struct UnknownWorkload: Error {
    let name: String
}

/// An amount of arithmetic or of memory traffic, and the limit of the machine that bounds its rate.
struct Work {
    /// Multiplications and additions, or bytes.
    let amount: Double
    let limit: Limit
}

/// Keeps the compiler from leaving out what is only computed to be timed.
@inline(never)
func keep<Result>(_ result: Result) {}
