/// A call of a check as one line of Swift that makes it again: its settings, as far as they are not the usual ones, the
/// seed, and where it stands. What a line cannot hold, functions and modules, is `…` in it.
public struct CheckCall: Sendable, Hashable, CustomStringConvertible {
    /// `checkGradients(of: …, at: …, orders: 2, seed: 3)`
    public let expression: String
    /// The file that the call is in, `Module/File.swift`.
    public let fileID: String
    /// The line in the file.
    public let line: Int

    /// - Parameters:
    ///   - function: the name of the check.
    ///   - arguments: with their labels, in the order of the parameters.
    init(_ function: String, _ arguments: [String], fileID: String, line: Int) {
        expression = "\(function)(\(arguments.joined(separator: ", ")))"
        self.fileID = fileID
        self.line = line
    }

    /// The call, and as a comment its place: `checkGradients(of: …, at: …, seed: 3)  // Tests/LSTM.swift:41`
    public var description: String { "\(expression)  // \(fileID):\(line)" }
}

/// How far a check is.
public struct CheckProgress: Sendable, Hashable {
    /// How many parts are done: blocks of the gradient, those of earlier orders included, or steps of equations.
    public let completedCount: Int
    /// How many parts there are: blocks of all orders, or steps.
    public let totalCount: Int
    /// The name of the part that was done last.
    public let name: String
}
