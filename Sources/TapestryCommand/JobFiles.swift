import Foundation
import TapestryFiles

/// The settings that every example that trains a model has: where data, model and figures are, and the seed.
public struct JobFiles: Sendable {
    /// The data; `nil` for the sample that the program makes itself.
    public var data: String?
    /// Of all random numbers.
    public var seed: UInt64 = 1
    /// Where the figures go at the end.
    public var json: String?
    /// Where the model goes once it is trained.
    public var save: String?
    /// A model to use, rather than to train one.
    public var load: String?
    /// The options that the command line gave.
    var given: Set<String> = []
    /// The options that there are; `nil` before a command line was read.
    var declared: Set<String>?

    /// No file, and the seed 1.
    public init() {}

    /// Whether an option, by its name `--hidden`, was given, rather than left at its default. Traps if the program has
    /// no option of that name.
    public func isGiven(_ option: String) -> Bool {
        checkDeclared(option, for: "isGiven")
        return given.contains(option)
    }

    fileprivate func checkDeclared(_ option: String, for user: String) {
        if let declared, !declared.contains(option) { fatalError("JobFiles: \(user): \(option) is not declared") }
    }

    /// What is wrong with the data: a `FileFormatError` for the file of `--data`, and without one a ``CommandError``
    /// that begins with `source`: what the data are then, or the option that they do not suit.
    ///
    /// - Parameter place: Where in the data, `line 12`.
    public func dataError(_ reason: String, at place: String? = nil, withoutFile source: String) -> any Error {
        if let data { return FileFormatError(path: data, place: place, reason: reason) }
        return CommandError([source, place, reason].compactMap(\.self).joined(separator: ": "))
    }

    /// Prints, of a loaded model without `--data`, that it is judged on what the program has itself, which may be other
    /// data than it was trained on.
    ///
    /// - Parameter sample: What that is, `sentences that are made up`.
    public func noteSample(_ sample: String) {
        if load == nil || data != nil { return }
        print("No --data is given: the model is judged on \(sample), whatever it was trained on.")
    }

    /// Prints, of a loaded model, on which sample it is judged (see ``noteSample(_:)``), and when what is held out is
    /// new to it.
    public func noteSplit(sample: String) {
        if load == nil { return }
        noteSample(sample)
        print("\nThe model was trained before. If that was on the same data, what is held out here is new to it only")
        print("if its training had the same options of data and the same --seed.")
    }

    /// Writes figures as a JSON object, in the order of their names, if a file was asked for. Numbers that JSON doesn't
    /// have, infinite ones and NaN, become `null`.
    public func write(_ figures: [String: Double]) throws {
        guard let json else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let values = figures.mapValues { $0.isFinite ? $0 : nil }
        try OutputFile.write(String(decoding: encoder.encode(values), as: UTF8.self) + "\n", to: json)
    }
}

extension CommandOptions {
    /// Declares `--data`, `--seed`, `--json`, `--save` and `--load`.
    ///
    /// - Parameters:
    ///   - data: What the file of `--data` has to be, and what is used without one; `nil` for a program that makes all
    ///     its data itself, and has no `--data`.
    public mutating func job(_ property: WritableKeyPath<Settings, JobFiles>, data: String?) {
        if let data { path("--data", property.appending(path: \.data), help: data) }
        integer("--seed", property.appending(path: \.seed), in: 0...UInt64.max, help: "seed of all random numbers")
        path("--json", property.appending(path: \.json), help: "write the figures to this file")
        path("--save", property.appending(path: \.save), help: "write the trained model to this file")
        path("--load", property.appending(path: \.load), help: "use the model in this file instead of training one")
        files = property
        restrictToTraining("--save")
    }

    /// Declares that only training reads options: with `--load` they are refused. Traps if one is not declared yet.
    public mutating func restrictToTraining(_ names: String...) {
        refuse(names, with: ["--load"], without: [], because: "a loaded model is not trained")
    }

    /// Puts what a file says in the place of settings: those that a loaded model was made with, say, which are saved
    /// beside it. What the options have as defaults gives way; what the command line gave has to be the same.
    ///
    /// ```swift
    /// let plan: Plan = try Settings.options.plan(inFile: path)
    /// try Settings.options.adopt(plan.settings, as: \.model, in: &settings, from: path)
    /// ```
    ///
    /// Traps unless the settings are of a `job(_:data:)`, and if it has no option that is to be free.
    ///
    /// - Parameters:
    ///   - path: The file, for messages.
    ///   - free: Options that may differ from the file, because a model can be used with other values than it was made
    ///     with: what the command line gave is kept.
    /// - Throws: A ``CommandError`` for the first option that was given and contradicts the file,
    ///   `--hidden: 32 was given, but "model.safetensors" has 64`; a `FileFormatError` for a value that its option
    ///   would refuse.
    public func adopt<Value>(
        _ value: Value, as property: WritableKeyPath<Settings, Value>, in settings: inout Settings, from path: String,
        free: String...
    ) throws {
        guard let files else { fatalError("CommandOptions: adopt: there is no job, which knows what was given") }
        for name in free { settings[keyPath: files].checkDeclared(name, for: "adopt") }
        var adopted = settings
        adopted[keyPath: property] = value
        for option in options {
            let (own, other) = (option.text(settings), option.text(adopted))
            if own == other { continue }
            if let other {
                do throws(CommandError) {
                    var copy = adopted
                    try option.apply(other, &copy)
                } catch {
                    throw FileFormatError(path: path, reason: error.description)
                }
            }
            // Of an option that was given there is a text.
            guard let own, settings[keyPath: files].isGiven(option.name) else { continue }
            if free.contains(option.name) {
                try option.apply(own, &adopted)
            } else {
                throw CommandError("\(option.name): \(own) was given, but \(path.quoted) has \(other ?? "none")")
            }
        }
        settings = adopted
    }

    /// The whole of a job's `main`, as `run(_:_:)` is of others; files that could not be written in the end, or would
    /// take the place of others, are refused before. While a model is trained, Ctrl-C only asks to end early (see
    /// `Interrupt.isRequested`).
    public func runJob(_ files: KeyPath<Settings, JobFiles>, _ body: (Settings) throws -> Void) {
        run { settings in
            try checkOutputs("--json", "--save", in: settings)
            if settings[keyPath: files].load == nil { Interrupt.install() }
            try body(settings)
        }
    }
}
