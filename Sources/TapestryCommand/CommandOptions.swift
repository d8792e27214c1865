import TapestryFiles

/// The options of a command-line program, each tied to a property of a plain struct that holds the settings.
///
/// The struct's initial values are the defaults, so a setting is declared once, with its type, where the program
/// reads it:
///
/// ```swift
/// struct Settings {
///     var data: String?
///     var cell = CellKind.lstm
///     var hidden = 128
///     var rate = 0.002
/// }
/// var options = CommandOptions(program: "Quickstart", summary: "Trains a character model.", defaults: Settings())
/// options.path("--data", \.data, help: "text file to train on (default: a text that ships inside)")
/// options.choice("--cell", \.cell, help: "recurrent cell")
/// options.integer("--hidden", \.hidden, in: 1...65_536, help: "hidden units of each layer")
/// options.number("--learning-rate", \.rate, .positive, help: "step size of the optimizer")
/// options.run { settings in
///     try train(settings)
/// }
/// ```
///
/// Values are given as `--name value` or `--name=value`. Declaring a name twice, a name that does not start with
/// `--`, or a default that the option itself would refuse is a mistake in the program, and traps.
public struct CommandOptions<Settings> {
    let program: String
    let summary: String
    let defaults: Settings
    private(set) var options: [Option] = []
    private(set) var refusals: [Refusal] = []
    /// Where a job's settings note which options were given.
    var files: WritableKeyPath<Settings, JobFiles>?
    /// The one argument that belongs to no option, if the program takes one.
    private(set) var argument: (name: String, property: WritableKeyPath<Settings, String>)?

    /// One declared option: how it is shown, and how its argument changes the settings.
    struct Option {
        let name: String
        /// What stands for the value in the usage text; `nil` for a flag, which takes none.
        let valueName: String?
        /// Whether the value is a file's path.
        let isPath: Bool
        let help: String
        /// What a missing value is told was expected.
        let expectation: String
        /// The value that settings have, as it would be typed; `nil` for none.
        let text: (Settings) -> String?
        let apply: (String, inout Settings) throws(CommandError) -> Void
    }

    /// Options that would do nothing where others are all given, and others again are all not.
    struct Refusal {
        var names: [String]
        let present, absent: [String]
        let reason: String

        /// Where they would do nothing: `with --load without --data or --json`.
        var place: String {
            [("with", "and", present), ("without", "or", absent)].filter { !$2.isEmpty }
                .map { "\($0) \($2.joined(conjunction: $1))" }.joined(separator: " ")
        }
    }

    /// Starts the declaration of a program's options.
    ///
    /// - Parameters:
    ///   - program: The name that usage and error messages open with.
    ///   - summary: What the program does, in a sentence.
    ///   - defaults: The settings as they are when no option is given.
    public init(program: String, summary: String, defaults: Settings) {
        self.program = program
        self.summary = summary
        self.defaults = defaults
    }

    /// Declares the argument that the program needs beside its options, a text that is not empty and does not begin
    /// with a dash; `name` stands for it in the usage text. A second one traps.
    public mutating func argument(_ name: String, _ property: WritableKeyPath<Settings, String>) {
        if let argument { fatalError("CommandOptions: \(name): there is an argument \(argument.name) already") }
        argument = (name, property)
    }

    /// Declares an option that takes a file's path. The file itself is not looked at. `-`, which would be standard
    /// input or output elsewhere, is refused: programs write their report there.
    ///
    /// - Parameter help: What the path is for, and what happens without one.
    public mutating func path(_ name: String, _ property: WritableKeyPath<Settings, String?>, help: String) {
        declare(
            name, valueName: "PATH", isPath: true, help: help, expectation: "a path",
            hint: { $0 == "-" ? " (standard input and output have no name here; ./- is a file)" : "" },
            text: { $0[keyPath: property] }
        ) { text in
            ["", "-"].contains(text) ? nil : { $0[keyPath: property] = text }
        }
    }

    /// Declares an option that takes any text but the empty one. A default that is empty stands for no text.
    ///
    /// - Parameter help: What the text is for, and, if the default is empty, what happens without one.
    public mutating func text(_ name: String, _ property: WritableKeyPath<Settings, String>, help: String) {
        let initial = defaults[keyPath: property]
        declare(
            name, valueName: "TEXT", help: initial.isEmpty ? help : "\(help) (default: \(initial.quoted))",
            expectation: "a text", text: { $0[keyPath: property].isEmpty ? nil : $0[keyPath: property] }
        ) { text in
            text.isEmpty ? nil : { $0[keyPath: property] = text }
        }
    }

    /// Declares an option that takes no value and sets the property to `true`.
    public mutating func flag(_ name: String, _ property: WritableKeyPath<Settings, Bool>, help: String) {
        declare(
            name, valueName: nil, help: help, expectation: "no value", text: { "\($0[keyPath: property])" }
        ) { _ in
            { $0[keyPath: property] = true }
        }
    }

    /// Declares an option that takes a whole number in decimal digits.
    ///
    /// - Parameter range: The numbers that are accepted, both ends included.
    public mutating func integer<Value: FixedWidthInteger>(
        _ name: String, _ property: WritableKeyPath<Settings, Value>, in range: ClosedRange<Value>, help: String
    ) {
        let initial = defaults[keyPath: property]
        let expectation = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        requireDefault(initial, of: name, isOneOf: range.contains, expectation)
        declare(
            name, valueName: "N", help: "\(help) (default: \(initial))", expectation: expectation,
            text: { "\($0[keyPath: property])" }
        ) { text in
            guard let value = Value(text), range.contains(value) else { return nil }
            return { $0[keyPath: property] = value }
        }
    }

    /// Declares an option that takes a finite number, such as `0.002` or `2e-3`.
    ///
    /// - Parameter domain: The numbers that are accepted.
    public mutating func number(
        _ name: String, _ property: WritableKeyPath<Settings, Double>, _ domain: NumberDomain, help: String
    ) {
        let initial = defaults[keyPath: property]
        requireDefault(initial, of: name, isOneOf: domain.contains, "\(domain)")
        declare(
            name, valueName: "X", help: "\(help) (default: \(initial))", expectation: "\(domain)",
            text: { "\($0[keyPath: property])" }
        ) { text in
            guard let value = Double(text), domain.contains(value) else { return nil }
            return { $0[keyPath: property] = value }
        }
    }

    /// Declares an option that takes the raw value of one of an enumeration's cases.
    public mutating func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ name: String, _ property: WritableKeyPath<Settings, Choice>, help: String
    ) {
        let choices = Choice.allCases.map(\.rawValue)
        let list = choices.joined(conjunction: "or")
        let initial = defaults[keyPath: property].rawValue
        declare(
            name, valueName: "NAME", help: "\(help): \(list) (default: \(initial))",
            expectation: choices.expectation(list, "one"), hint: { suggestion(for: $0, from: choices) },
            text: { $0[keyPath: property].rawValue }
        ) { text in
            Choice(rawValue: text).map { value in { $0[keyPath: property] = value } }
        }
    }

    /// Declares an option that takes the raw values of one or more of an enumeration's cases, different ones, with
    /// commas between them: `rnn,lstm`.
    public mutating func choices<Choice: CaseIterable & RawRepresentable<String>>(
        _ name: String, _ property: WritableKeyPath<Settings, [Choice]>, help: String
    ) {
        let choices = Choice.allCases.map(\.rawValue)
        let list = "\(choices.joined(conjunction: "or")), or several with commas between them"
        let names = { (text: String) in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        let initial = defaults[keyPath: property].map(\.rawValue).joined(separator: ",")
        declare(
            name, valueName: "NAMES", help: "\(help): \(list) (default: \(initial))",
            expectation: choices.expectation(list, "one or several"),
            hint: { text in
                let names = names(text)
                if let unknown = names.first(where: { !choices.contains($0) }) {
                    return suggestion(for: unknown, from: choices)
                }
                return names.indices.first { names[..<$0].contains(names[$0]) }.map { " (\(names[$0]) twice)" } ?? ""
            },
            text: { $0[keyPath: property].map(\.rawValue).joined(separator: ",") }
        ) { text in
            let names = names(text)
            let values = names.compactMap { Choice(rawValue: $0) }
            guard values.count == names.count, Set(names).count == names.count else { return nil }
            return { $0[keyPath: property] = values }
        }
    }

    /// Declares that options would do nothing where some are all given and others are all not: they are refused then,
    /// rather than ignored. All of them have to be declared before; one that is not traps, and so does a refusal that
    /// depends on no other option.
    ///
    /// ```swift
    /// options.refuse("--column", without: "--data", because: "a made-up series has no columns")
    /// ```
    ///
    /// - Parameter reason: Why they would do nothing, as the end of the message.
    public mutating func refuse(
        _ names: String..., with present: String..., without absent: String..., because reason: String
    ) {
        refuse(names, with: present, without: absent, because: reason)
    }

    mutating func refuse(_ names: [String], with present: [String], without absent: [String], because reason: String) {
        for name in names + present + absent where !options.contains(where: { $0.name == name }) {
            fatalError("CommandOptions: \(name) is refused or needed, and not declared")
        }
        if present.isEmpty, absent.isEmpty { fatalError("CommandOptions: \(names) would be refused always") }
        let refusal = Refusal(names: names, present: present, absent: absent, reason: reason)
        // What is refused for one reason is one line of the usage text.
        if let index = refusals.firstIndex(where: { $0.place == refusal.place && $0.reason == reason }) {
            refusals[index].names += names
        } else {
            refusals.append(refusal)
        }
    }

    /// Adds an option whose argument `read` turns into a change of the settings, or into `nil` to refuse it.
    ///
    /// - Parameters:
    ///   - hint: What a refusal of a text says at its end.
    ///   - text: What would be typed for the value that settings have; `nil` for none.
    private mutating func declare(
        _ name: String, valueName: String?, isPath: Bool = false, help: String, expectation: String,
        hint: @escaping (String) -> String = { _ in "" },
        text: @escaping (Settings) -> String?, read: @escaping (String) -> ((inout Settings) -> Void)?
    ) {
        guard name.hasPrefix("--"), name.count > 2, !name.contains("=") else {
            fatalError("CommandOptions: an option's name starts with -- and has no =, unlike \(name.quoted)")
        }
        guard name != "--help", !options.contains(where: { $0.name == name }) else {
            fatalError("CommandOptions: \(name) is declared twice")
        }
        let option = Option(
            name: name, valueName: valueName, isPath: isPath, help: help, expectation: expectation, text: text
        ) {
            (text, settings) throws(CommandError) in
            guard let change = read(text) else {
                throw CommandError(
                    "\(name): expected \(expectation), got \(text.quoted)\(hint(text))")
            }
            change(&settings)
        }
        options.append(option)
    }

    private func requireDefault<Value>(
        _ value: Value, of name: String, isOneOf accepts: (Value) -> Bool, _ expectation: String
    ) {
        guard accepts(value) else {
            fatalError("CommandOptions: \(name): the default is \(value), which is not \(expectation)")
        }
    }
}

extension [String] {
    /// The texts as a sentence lists them: `lstm, gru or rnn`.
    fileprivate func joined(conjunction: String) -> String {
        count < 2 ? joined() : dropLast().joined(separator: ", ") + " \(conjunction) " + self[count - 1]
    }

    /// What a refusal lists of alternatives, whose list may be too long for a line.
    fileprivate func expectation(_ list: String, _ number: String) -> String {
        count > 12 ? "\(number) of the \(count) names that --help lists" : list
    }
}
