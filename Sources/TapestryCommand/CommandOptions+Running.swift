import Foundation
import TapestryFiles

extension CommandOptions {
    /// The whole of a program's `main`: reads the command line and runs `body` with the settings.
    ///
    /// `--help` prints the usage on standard output and ends the process with status 0. An error ends it with one
    /// line on standard error, `Program: what is wrong`, and with status 2 if it is a ``CommandError``, whether of the
    /// command line or thrown by `body`, and 1 otherwise: a file that cannot be read, used or written, say.
    ///
    /// - Parameter arguments: The command line without the program's name.
    public func run(
        _ arguments: [String] = Array(CommandLine.arguments.dropFirst()), _ body: (Settings) throws -> Void
    ) {
        do {
            switch try parse(arguments) {
            case .run(let settings): try body(settings)
            case .help(let usage):
                print(usage, terminator: "")
                exit(0)
            }
        } catch {
            // A closed standard error leaves nowhere to report to; the exit status still tells.
            try? FileHandle.standardError.write(contentsOf: Data("\(program): \(error)\n".utf8))
            exit(error is CommandError ? 2 : 1)
        }
    }

    /// Checks the files that options name for what is written in the end, so that nothing is computed in vain. Traps if
    /// a name is none of an option for a path.
    ///
    /// - Throws: A ``CommandError`` if another option names the same file, of which something would be lost; an
    ///   `OutputFileError` if one cannot be written.
    public func checkOutputs(_ names: String..., in settings: Settings) throws {
        let paths = options.filter(\.isPath)
        if let unknown = names.first(where: { name in !paths.contains { $0.name == name } }) {
            fatalError("CommandOptions: checkOutputs: \(unknown) is no option for a path")
        }
        let files = paths.compactMap { option in
            option.text(settings).map { (option: option.name, path: $0) }
        }
        for output in files where names.contains(output.option) {
            let others = files.filter { $0.option != output.option }
            // What is written to a device, such as /dev/null, takes the place of nothing.
            if let other = others.first(where: { isSameFile($0.path, output.path) }), !output.path.hasPrefix("/dev/") {
                throw CommandError("\(output.option): \(output.path.quoted) is the file of \(other.option) as well")
            }
            try OutputFile.checkWritable(output.path)
        }
    }

    private func isSameFile(_ first: String, _ second: String) -> Bool {
        func file(_ path: String) -> String {
            let file = URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL
            // Of a file that is still to be made, links on the way are not resolved with it.
            let folder = file.deletingLastPathComponent().resolvingSymlinksInPath()
            return folder.appendingPathComponent(file.lastPathComponent).path
        }
        return file(first) == file(second)
    }
}
