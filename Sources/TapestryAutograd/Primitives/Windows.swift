import TapestryArrays

// Windows that slide along axes: what convolutions and pooling are made of.

extension Primitive {
    static func defineWindows(in table: inout PrimitiveTable) {
        // y[…, w, …, e] = x[…, w · step + e · dilation, …], a view
        table.unary(
            .windows, { x, a in x.windows(WindowsAttributes.of(a).windows) },
            Rule { g, r in .overlapAdded(g, r.attributes()) },
            forward: .linear,
            batching: .formula { batch, a in
                batch[0].windows(WindowsAttributes.of(a).afterBatchAxis(batch.count).windows)
            })
        // The reverse: windows added where they overlap.
        table.unary(
            .overlapAdd,
            { x, a in
                let attributes = WindowsAttributes.of(a)
                let result = NDArray(repeating: 0, shape: attributes.whole, x.elementType)
                result.overlapAdd(x, attributes.windows)
                return result
            },
            Rule { g, r in g.windows(r.attributes(WindowsAttributes.self).windows) },
            forward: .linear,
            batching: .formula { batch, a in
                .overlapAdded(batch[0], WindowsAttributes.of(a).afterBatchAxis(batch.count))
            })
    }
}

/// Windows, and the shape of what they slide over.
final class WindowsAttributes: Attributes, @unchecked Sendable {
    let windows: [WindowAxis]
    let whole: [Int]
    init(_ windows: [WindowAxis], over whole: [Int]) { (self.windows, self.whole) = (windows, whole) }
    override var text: String { "of \(windows.map(\.size)) along \(windows.map(\.axis)) of \(whole)" }

    func afterBatchAxis(_ count: Int) -> WindowsAttributes {
        let moved = windows.map { WindowAxis(axis: $0.axis + 1, size: $0.size, step: $0.step, dilation: $0.dilation) }
        return WindowsAttributes(moved, over: [count] + whole)
    }
}

// MARK: - As operations on values

extension Value {
    /// The windows' own axes come last, in the order of the list.
    func windows(_ windows: [WindowAxis]) -> Value { .unary(.windows, self, WindowsAttributes(windows, over: shape)) }

    static func overlapAdded(_ windows: Value, _ attributes: WindowsAttributes) -> Value {
        .unary(.overlapAdd, windows, attributes)
    }
}
