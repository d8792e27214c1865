import Foundation

extension Profile {
    /// The profile as a JSON text in the Chrome trace format, which flame charts are drawn from
    /// (chrome://tracing, ui.perfetto.dev, speedscope.app).
    ///
    /// Each evaluation and each rule is a slice of the category `forward` or `backward`, with its shape, its bytes, its
    /// scope and the number of elements that it was given; neighbours in one scope lie under a slice of the category
    /// `scope` with the scope's name. Times are in microseconds from the beginning of the closure.
    ///
    /// Reference: N. Duca and D. Sinclair, "Trace Event Format", 2016.
    public func chromeTrace() -> String {
        var trace = ChromeTrace(self)
        trace.addAll()
        return "{\"traceEvents\":[\n" + trace.lines.joined(separator: ",\n") + "\n]}\n"
    }
}

/// The slices of a trace, each before those that lie in it.
private struct ChromeTrace {
    private let profile: Profile
    /// The events in each event, and under `nil` those in none.
    private let inner: [Int?: [Int]]
    /// The scopes as texts in JSON.
    private let scopeTexts: [String]
    private(set) var lines: [String] = []

    /// A scope whose slice has begun: where its line will be.
    private struct OpenScope {
        let name: String
        let begin: Int
        let line: Int
    }

    init(_ profile: Profile) {
        self.profile = profile
        scopeTexts = profile.scopes.map { $0.joined(separator: " / ").quotedForJSON }
        // What encloses an inner profile is not a part of it.
        inner = Dictionary(grouping: profile.events.indices) { index in
            profile.events[index].parent.flatMap { $0 < profile.events.startIndex ? nil : $0 }
        }
    }

    mutating func addAll() { add(inner[nil] ?? [], within: []) }

    /// Adds events that follow each other, and the slices of the scopes that neighbours share, inside of a scope.
    private mutating func add(_ siblings: [Int], within base: [String]) {
        var open: [OpenScope] = []
        var previous: ProfileRecorder.Event?
        for index in siblings {
            let event = profile.events[index]
            let scope = profile.scopes[event.scope]
            let path = scope.starts(with: base) ? Array(scope.dropFirst(base.count)) : scope
            if let previous {
                let isSamePass = previous.pass == event.pass
                let common = isSamePass ? zip(open.map(\.name), path).prefix { $0 == $1 }.count : 0
                close(&open, to: common, after: previous)
            }
            for name in path.dropFirst(open.count) {
                open.append(OpenScope(name: name, begin: event.begin.nanoseconds, line: lines.count))
                lines.append("")
            }
            let shape = event.layout.map { "\"shape\":\"\($0.shape)\"," } ?? ""
            lines.append(
                line(
                    event.name.quotedForJSON, event.pass.rawValue, event.begin.nanoseconds, event.end.nanoseconds,
                    arguments: "\(shape)\"bytes\":\(event.byteCount),\"operandElements\":\(event.operandCount),"
                        + "\"scope\":\(scopeTexts[event.scope])"))
            add(inner[index] ?? [], within: scope)
            previous = event
        }
        if let previous { close(&open, to: 0, after: previous) }
    }

    private mutating func close(_ open: inout [OpenScope], to count: Int, after last: ProfileRecorder.Event) {
        while open.count > count {
            let scope = open.removeLast()
            lines[scope.line] = line(
                scope.name.quotedForJSON, "scope", scope.begin, last.end.nanoseconds,
                arguments: "\"pass\":\"\(last.pass.rawValue)\"")
        }
    }

    private func line(_ name: String, _ category: String, _ begin: Int, _ end: Int, arguments: String) -> String {
        let times = "\"ts\":\(microseconds(begin - profile.begin)),\"dur\":\(microseconds(end - begin))"
        return "{\"name\":\(name),\"cat\":\"\(category)\",\"ph\":\"X\",\(times),\"pid\":1,\"tid\":1,"
            + "\"args\":{\(arguments)}}"
    }

    /// Exactly, so that slices nest.
    private func microseconds(_ nanoseconds: Int) -> String {
        let fraction = String(nanoseconds % 1000)
        return "\(nanoseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }
}

extension String {
    /// A string in JSON.
    fileprivate var quotedForJSON: String {
        var text = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case "\u{0}"..<"\u{20}": text += String(format: "\\u%04x", scalar.value)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
