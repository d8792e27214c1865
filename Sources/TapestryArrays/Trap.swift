/// Ends the program because its author broke a rule: shows the operation and the rule, with the shapes.
///
/// `precondition` loses its message in optimised builds; `fatalError` keeps it.
package func trap(
    _ operation: String, _ rule: String, file: StaticString = #fileID, line: UInt = #line
) -> Never {
    fatalError("\(operation): \(rule)", file: file, line: line)
}
