import Foundation

/// Where the time and the memory of a piece of code went, by primitive and by scope; see `profiled(_:)`.
///
/// What counts is every evaluation of a primitive on the way forward, tracked or not, and every rule that a cotangent
/// went through on the way back. Each has the time between two readings of a clock around it, less that of the entries
/// inside of it (a user's function in `custom`, what a checkpoint computes again), so times add up. The rest of
/// `seconds` is what lies between: recording, the code of the closure, and the profile itself, which takes about 200 ns
/// for each evaluation and each rule, 50 of them for the clock, and keeps a hundred bytes of each.
public struct Profile: Sendable {
    /// Which way a primitive was gone through.
    public enum Pass: String, Sendable {
        /// Its value was computed.
        case forward
        /// A cotangent of its result was handed to its rule. Products of cotangents may wait for each other: their time
        /// is where they are computed, at the latest at the `input` whose gradient they make.
        case backward
    }

    /// What something took.
    public struct Cost: Sendable, Equatable {
        /// The number of evaluations, or of records whose rule was applied.
        public fileprivate(set) var count = 0
        /// Their time.
        public fileprivate(set) var seconds = 0.0
        /// Bytes of the memory that was allocated in them, whether or not it was given back. Views take none, nor do
        /// results that an operand's buffer is used for.
        public fileprivate(set) var allocatedByteCount = 0
    }

    /// What one primitive or one scope took.
    public struct Entry: Sendable, Equatable {
        /// The primitive's name, or the scopes from outside in, joined by ` / `; empty outside of any scope.
        public let name: String
        /// Evaluations on the way forward.
        public fileprivate(set) var forward = Cost()
        /// Rules on the way back, by the primitive and the scope of the record that they differentiate.
        public fileprivate(set) var backward = Cost()
        /// Bytes of its results that tapes kept for the way back, each array counted once.
        public fileprivate(set) var keptByteCount = 0

        /// The time in both directions.
        public var seconds: Double { forward.seconds + backward.seconds }
    }

    /// The time from the beginning of the closure to its end.
    public let seconds: Double
    /// By primitive, the one that took longest first.
    public let byPrimitive: [Entry]
    /// By scope, the one that took longest first. A rule that is differentiated again is in the scope of its record.
    public let byScope: [Entry]

    /// The time of all entries.
    public var attributedSeconds: Double { byPrimitive.reduce(0) { $0 + $1.seconds } }

    /// What `chromeTrace()` shows.
    let events: ArraySlice<ProfileRecorder.Event>
    let scopes: [[String]]
    /// When the closure began, in nanoseconds.
    let begin: Int

    fileprivate init(
        begin: Int, end: Int, events: ArraySlice<ProfileRecorder.Event>, kept: ArraySlice<ProfileRecorder.Kept>,
        scopes: [[String]]
    ) {
        let scopeNames = scopes.map { $0.joined(separator: " / ") }
        self.begin = begin
        seconds = Double(end - begin) * 1e-9
        self.events = events
        self.scopes = scopes
        byPrimitive = Profile.entries(events, kept, by: { $0.name }, { $0.name })
        byScope = Profile.entries(events, kept, by: { scopeNames[$0.scope] }, { scopeNames[$0.scope] })
    }

    private static func entries(
        _ events: ArraySlice<ProfileRecorder.Event>, _ kept: ArraySlice<ProfileRecorder.Kept>,
        by eventName: (ProfileRecorder.Event) -> String, _ keptName: (ProfileRecorder.Kept) -> String
    ) -> [Entry] {
        var entries: [String: Entry] = [:]
        for event in events {
            let name = eventName(event)
            let cost = event.pass == .forward ? \Entry.forward : \Entry.backward
            entries[name, default: Entry(name: name)][keyPath: cost].add(event)
        }
        for kept in kept {
            let name = keptName(kept)
            entries[name, default: Entry(name: name)].keptByteCount += kept.byteCount
        }
        return entries.values.sorted { ($0.seconds, $1.name) > ($1.seconds, $0.name) }
    }
}

extension Profile.Cost {
    fileprivate mutating func add(_ event: ProfileRecorder.Event) {
        count += 1
        seconds += Double(event.nanoseconds) * 1e-9
        allocatedByteCount += event.byteCount
    }
}

/// Runs `body` and returns, beside its result, where its time and its memory went.
///
/// ```swift
/// let (step, profile) = profiled { valueAndGradient(at: model) { loss($0, batch) } }
/// print(profile)                                                    // by primitive and by scope
/// try profile.chromeTrace().write(toFile: "step.json", atomically: true, encoding: .utf8)
/// optimizer.update(&model, along: step.gradient)
/// ```
///
/// Everything runs as it does without: lean tapes record, fuse and reuse the same, and the result has the same bits.
/// What the calling thread does counts, in derivatives of any order, drivers, `vmap` and outside of derivatives.
/// Profiles nest: an inner one is also a part of the outer one. The first step after a program's start is slower than
/// those that follow, so profile a later one. While no profile is taken, nothing is paid for it.
public func profiled<Output, Failure: Error>(
    _ body: () throws(Failure) -> Output
) throws(Failure) -> (result: Output, profile: Profile) {
    let (outcome, profile) =
        if let recorder = ProfileRecorder.current {
            recorder.noting { recorder.profile(body) }
        } else {
            ProfileRecorder.recording { $0.profile(body) }
        }
    return (try outcome.get(), profile)
}

extension ProfileRecorder {
    fileprivate func profile<Output, Failure: Error>(
        _ body: () throws(Failure) -> Output
    ) -> (outcome: Result<Output, Failure>, profile: Profile) {
        let (firstEvent, firstKept) = (events.count, kept.count)
        let begin = ProfileRecorder.nanoseconds
        let outcome = Result { () throws(Failure) in try body() }
        let end = ProfileRecorder.nanoseconds
        let profile = Profile(
            begin: begin, end: end, events: events[firstEvent...], kept: kept[firstKept...], scopes: scopes)
        return (outcome, profile)
    }
}

extension Profile: CustomStringConvertible {
    /// A line about the whole and two tables, of the twenty primitives and the twenty scopes that took longest.
    public var description: String {
        let headline = "\(milliseconds(seconds)) ms, \(share(attributedSeconds)) of it in primitives and their rules"
        return [headline, table("primitive", byPrimitive), table("scope", byScope)].joined(separator: "\n\n")
    }

    private func table(_ title: String, _ entries: [Entry]) -> String {
        let titles = [
            "share", "forward ms", "count", "allocated bytes", "kept bytes", "backward ms", "count", "allocated bytes",
        ]
        var table = TextTable(columns: [.left(title)] + titles.map(TextTable.Column.right))
        for entry in entries.prefix(20) {
            table.append(
                [
                    entry.name.isEmpty ? "(no \(title))" : entry.name, share(entry.seconds),
                    milliseconds(entry.forward.seconds), "\(entry.forward.count)",
                    "\(entry.forward.allocatedByteCount)", "\(entry.keptByteCount)",
                    milliseconds(entry.backward.seconds), "\(entry.backward.count)",
                    "\(entry.backward.allocatedByteCount)",
                ])
        }
        if entries.count > 20 {
            table.append(["\(entries.count - 20) more", share(entries.dropFirst(20).reduce(0) { $0 + $1.seconds })])
        }
        return table.description
    }

    private func share(_ part: Double) -> String { String(format: "%.1f %%", seconds > 0 ? 100 * part / seconds : 0) }

    private func milliseconds(_ seconds: Double) -> String { String(format: "%.3f", seconds * 1000) }
}
