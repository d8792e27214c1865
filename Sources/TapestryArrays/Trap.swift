import Foundation

/// Ends the program because its author broke a rule: shows the operation and the rule, with the shapes, and the scopes
/// around it.
///
/// `precondition` loses its message in optimised builds; `fatalError` keeps it.
package func trap(
    _ operation: String, _ rule: String, file: StaticString = #fileID, line: UInt = #line
) -> Never {
    let scopes = EnclosingScopes.names
    let place = scopes.isEmpty ? "" : " (in \(scopes.joined(separator: " / ")))"
    // What was printed before would be lost where output is not a terminal.
    fflush(nil)
    fatalError("\(operation): \(rule)\(place)", file: file, line: line)
}
