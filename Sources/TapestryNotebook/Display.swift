import Foundation

/// Shows a value where the cell's output is now: in a notebook as rich as it can be, elsewhere as printed text.
///
/// ```swift
/// for layer in layers { display(layer.weights) }
/// ```
public func display(_ value: Any) {
    let content = NotebookContent(showing: value)
    if !NotebookChannel.send(content, as: .displayed) { print(content.text) }
}

/// Shows what the last line of a cell came to. The kernel wraps that line in a call of this.
public func displayResult<Value>(_ value: Value) {
    if value is Void { return }
    let content = NotebookContent(showing: value)
    if !NotebookChannel.send(content, as: .result) { print(content.text) }
}

/// The way to the notebook of the process that runs its cells.
private enum NotebookChannel {
    /// What a notebook does with a content.
    enum Role: String {
        case displayed = "display"
        case result
    }

    /// Sends a content, and waits until what was printed before is on its way too, so that the order is kept.
    ///
    /// - Returns: whether there is a notebook.
    static func send(_ content: NotebookContent, as role: Role) -> Bool {
        guard let function else { return false }
        guard let data = try? JSONEncoder().encode(content.representations) else { return false }
        let message = "{\"event\": \"\(role.rawValue)\", \"data\": \(String(decoding: data, as: UTF8.self))}"
        message.withCString { function($0) }
        return true
    }

    /// A function of the program that runs cells; it may be called on any thread.
    private typealias Function = @convention(c) (UnsafePointer<CChar>) -> Void

    private static let function: Function? = {
        guard let program = dlopen(nil, RTLD_NOW), let symbol = dlsym(program, "tapestry_notebook_send") else {
            return nil
        }
        return unsafeBitCast(symbol, to: Function.self)
    }()
}
