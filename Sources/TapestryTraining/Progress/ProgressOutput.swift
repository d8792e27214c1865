import Foundation

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where a ``ProgressBar`` is shown, and in which form the place can show it.
public struct ProgressOutput {
    /// The forms of progress.
    package enum Style {
        /// One line of a terminal that is so many columns wide at the moment, redrawn in place.
        case line(ProgressState.Glyphs, columns: () -> Int)
        /// Lines one after the other, at least one every `interval`, without control characters.
        case plain(interval: Duration)
    }

    package let style: Style
    package let write: (String) -> Void

    /// Chooses the form from what the place is.
    ///
    /// A terminal gets a bar that is redrawn in place, unless `TERM` is `dumb`; it is drawn with block characters if
    /// the locale (the first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set) is a UTF-8 one, and in colour unless
    /// `NO_COLOR` is set. Anything else gets plain lines.
    ///
    /// - Parameters:
    ///   - isTerminal: Whether control characters move a cursor there.
    ///   - environment: The environment variables.
    ///   - columns: The width at the moment, in characters, if it is known; else `COLUMNS` counts, or else 80.
    ///   - interval: The longest time between two plain lines.
    ///   - write: Writes a text at once.
    public init(
        isTerminal: Bool, environment: [String: String], columns: @escaping () -> Int?,
        interval: Duration = .seconds(10), write: @escaping (String) -> Void
    ) {
        self.write = write
        /// A variable that is set to an empty text counts as not set.
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

        guard isTerminal, variable("TERM") != "dumb" else {
            style = .plain(interval: interval)
            return
        }
        let locale = (variable("LC_ALL") ?? variable("LC_CTYPE") ?? variable("LANG") ?? "").lowercased()
        let usesBlocks = locale.contains("utf-8") || locale.contains("utf8")
        let fallback = variable("COLUMNS").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? 80
        style = .line(
            ProgressState.Glyphs(usesBlocks: usesBlocks, usesColor: variable("NO_COLOR") == nil),
            columns: { columns() ?? fallback })
    }

    /// Nowhere: progress that is not shown.
    public static var silent: ProgressOutput {
        ProgressOutput(isTerminal: false, environment: [:], columns: { nil }, write: { _ in })
    }

    /// Standard error, in the form that it can show.
    public static var standardError: ProgressOutput {
        ProgressOutput(
            isTerminal: isatty(STDERR_FILENO) == 1, environment: ProcessInfo.processInfo.environment,
            columns: {
                var size = winsize()
                guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
                return Int(size.ws_col)
            },
            write: { text in
                // Progress that cannot be shown is no reason to end what it is about.
                try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
            })
    }
}
