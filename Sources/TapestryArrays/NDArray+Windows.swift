/// Windows that slide along one axis.
package struct WindowAxis: Sendable, Equatable {
    package var axis: Int
    /// Elements in a window.
    package var size: Int
    /// Positions from one window to the next.
    package var step: Int
    /// Positions from one element of a window to the next.
    package var dilation: Int

    package init(axis: Int, size: Int, step: Int = 1, dilation: Int = 1) {
        (self.axis, self.size, self.step, self.dilation) = (axis, size, step, dilation)
    }

    /// How many windows lie wholly in an axis of `extent`.
    package func count(in extent: Int) -> Int {
        let reach = (size - 1) * dilation + 1
        return extent < reach ? 0 : (extent - reach) / step + 1
    }
}

extension NDArray {
    /// Windows that slide along some axes, as a view whose elements overlap. Each of those axes counts windows, and the
    /// windows' own axes are appended in the order of the list:
    /// `result[…, w, …, e] = self[…, w · step + e · dilation, …]`. Only windows that lie wholly in the array are there.
    ///
    /// Traps where an axis is named twice, or a size, step or dilation is not positive.
    package func windows(_ windows: [WindowAxis]) -> NDArray {
        let resolved = checkedWindows(windows, "windows")
        var (shape, strides) = (shape, layout.strides)
        for window in resolved {
            shape[window.axis] = window.count(in: self.shape[window.axis])
            strides[window.axis] *= window.step
        }
        let layout = Layout(
            shape: shape + resolved.map(\.size),
            strides: strides + resolved.map { self.layout.strides[$0.axis] * $0.dilation })
        return viewed(layout)
    }

    /// The reverse of `windows(_:)`, in place: adds each element of the windows, of the shape that `windows(_:)` gives,
    /// to the one that it is in this array. The caller owns the storage.
    ///
    /// What falls on the same element is added in the order of positions in a window, for any number of threads.
    package func overlapAdd(_ values: NDArray, _ windows: [WindowAxis]) {
        let name = "overlapAdd"
        let places = self.windows(windows)
        if elementType == .bool { trap(name, "has no meaning for \(elementType)") }
        if values.elementType != elementType {
            trap(name, "element types differ: \(elementType) and \(values.elementType)")
        }
        if values.shape != places.shape {
            trap(name, "windows of shape \(values.shape) where \(places.shape) is needed, for an array of \(shape)")
        }
        // The elements at one position of all windows lie apart from each other.
        let (axes, inner) = (rank, Array(places.shape[rank...]))
        let outer = Array(places.shape[..<axes])
        let count = inner.reduce(1, *)
        for number in 0..<count {
            var (rest, shift, valueShift) = (number, 0, 0)
            for axis in inner.indices.reversed() {
                shift += rest % inner[axis] * places.layout.strides[axes + axis]
                valueShift += rest % inner[axis] * values.layout.strides[axes + axis]
                rest /= inner[axis]
            }
            let target = places.viewed(
                Layout(shape: outer, strides: Array(places.layout.strides[..<axes])), shift: shift)
            target.add(
                values.viewed(
                    Layout(shape: outer, strides: Array(values.layout.strides[..<axes])), shift: valueShift))
        }
    }

    private func checkedWindows(_ windows: [WindowAxis], _ name: String) -> [WindowAxis] {
        _ = layout.axes(windows.map(\.axis), in: name)
        return windows.map { window in
            if window.size < 1 || window.step < 1 || window.dilation < 1 {
                trap(
                    name,
                    """
                    size \(window.size), step \(window.step) and dilation \(window.dilation) along axis \
                    \(window.axis) must be positive
                    """)
            }
            var window = window
            window.axis = layout.axis(window.axis, in: name)
            return window
        }
    }
}
