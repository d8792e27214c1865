import TapestryFiles

/// What a command line asks for.
public enum CommandRequest<Settings> {
    /// To run with these settings.
    case run(Settings)
    /// To show this usage text and do nothing else.
    case help(String)
}

extension CommandRequest: Sendable where Settings: Sendable {}
extension CommandRequest: Equatable where Settings: Equatable {}

extension CommandOptions {
    /// Reads a command line, without the program's name at its front.
    ///
    /// `--help` or `-h` anywhere asks for the usage text, whatever else is given.
    ///
    /// - Throws: The first fault from left to right: an unknown or repeated option, a missing or refused value, or an
    ///   argument that belongs to no option, unless the program takes one; then, that it is missing; then, an option
    ///   that would do nothing beside the others (`refuse(_:with:without:because:)`).
    public func parse(_ arguments: [String]) throws(CommandError) -> CommandRequest<Settings> {
        if arguments.contains("--help") || arguments.contains("-h") { return .help(usage) }

        var settings = defaults
        var seen: Set<String> = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if let own = self.argument, !argument.hasPrefix("-"), seen.insert(own.name).inserted {
                guard !argument.isEmpty else { throw CommandError("expected \(own.name), got \"\"") }
                settings[keyPath: own.property] = argument
                continue
            }
            let (name, attached) = split(argument)
            let option = try option(named: name)
            guard seen.insert(name).inserted else { throw CommandError("\(name): given more than once") }
            try option.apply(value(for: option, attached: attached, rest: &rest), &settings)
        }
        if let argument, !seen.contains(argument.name) { throw CommandError("expected \(argument.name), got nothing") }
        for refusal in refusals {
            guard refusal.present.allSatisfy(seen.contains), !refusal.absent.contains(where: seen.contains),
                let name = refusal.names.first(where: seen.contains)
            else { continue }
            throw CommandError("\(name): of no use \(refusal.place): \(refusal.reason)")
        }
        if let files {
            settings[keyPath: files].given = seen
            settings[keyPath: files].declared = Set(options.map(\.name))
        }
        return .run(settings)
    }

    private func split(_ argument: String) -> (name: String, value: String?) {
        guard argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") else { return (argument, nil) }
        return (String(argument[..<equals]), String(argument[argument.index(after: equals)...]))
    }

    private func option(named name: String) throws(CommandError) -> Option {
        if let option = options.first(where: { $0.name == name }) { return option }
        guard name.hasPrefix("-") else { throw CommandError("unexpected argument \(name.quoted)") }
        let names = options.map(\.name) + ["--help"]
        throw CommandError("unknown option \(name.quoted)\(suggestion(for: name, from: names))")
    }

    /// The text that an option is to read. A following argument that looks like an option is not taken for a value;
    /// a value that starts with `--` can be given after `=`.
    private func value(
        for option: Option, attached: String?, rest: inout ArraySlice<String>
    ) throws(CommandError) -> String {
        guard option.valueName != nil else {
            if let attached { throw CommandError("\(option.name): takes no value, got \(attached.quoted)") }
            return ""
        }
        if let attached { return attached }
        guard let next = rest.first, !next.hasPrefix("--") else {
            throw CommandError("\(option.name): expected \(option.expectation), got nothing")
        }
        rest.removeFirst()
        return next
    }
}
