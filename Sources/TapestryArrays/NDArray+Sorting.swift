// Order along one axis, of float32, float64 and int32. NaN counts as greater than every number, as in NumPy and
// PyTorch: it comes last in ascending order and first in descending order. −0 equals 0. Equal elements keep their
// order, in descending order too.

extension NDArray {
    /// The positions of the elements along an axis in order, as `int32`.
    package func argSorted(axis: Int, descending: Bool = false) -> NDArray {
        let axis = layout.axis(axis, in: "argSorted")
        return firstInOrder(shape[axis], axis, descending, "argSorted")
    }

    /// The positions, as `int32`, of the `k` greatest elements along an axis, the greatest first: the beginning of what
    /// `argSorted(axis:descending: true)` gives, found without sorting the rest.
    package func argLargest(_ k: Int, axis: Int) -> NDArray {
        firstInOrder(k, layout.axis(axis, in: "largest"), true, "largest")
    }

    /// The positions, as `int32`, of the `k` least elements along an axis, the least first: the beginning of what
    /// `argSorted(axis:)` gives, found without sorting the rest.
    package func argSmallest(_ k: Int, axis: Int) -> NDArray {
        firstInOrder(k, layout.axis(axis, in: "smallest"), false, "smallest")
    }

    private func firstInOrder(_ k: Int, _ axis: Int, _ descending: Bool, _ name: String) -> NDArray {
        if k < 0 || k > shape[axis] {
            trap(name, "\(k) of the \(shape[axis]) elements along axis \(axis) of shape \(shape) are asked for")
        }
        checkPositions(alongAxis: axis, name)
        switch elementType {
        case .float32: return firstInOrder(of: Float.self, k, axis, descending)
        case .float64: return firstInOrder(of: Double.self, k, axis, descending)
        case .int32: return firstInOrder(of: Int32.self, k, axis, descending)
        case .bool: trap(name, "has no meaning for \(elementType)")
        }
    }

    private func firstInOrder<Element: SortableScalar>(
        of type: Element.Type, _ k: Int, _ axis: Int, _ descending: Bool
    ) -> NDArray {
        let (extent, stride) = (shape[axis], layout.strides[axis])
        return positions(k, onLinesAlong: axis) { (line: UnsafePointer<Element>, out, step) in
            func entry(_ position: Int) -> SortEntry<Element.Key> {
                let key = line[position * stride].sortKey
                return SortEntry(key: descending ? ~key : key, position: Int32(position))
            }
            // A heap takes one step for most elements, where few are wanted; sorting takes several for each.
            let kept = k < extent / 8 ? k : extent
            withUnsafeTemporaryAllocation(of: SortEntry<Element.Key>.self, capacity: 2 * kept) { buffer in
                var entries = UnsafeMutableBufferPointer(rebasing: buffer[..<kept])
                for position in 0..<kept { entries.initializeElement(at: position, to: entry(position)) }
                if kept == extent {
                    entries.sortFromOrderOfPositions(UnsafeMutableBufferPointer(rebasing: buffer[kept...]))
                } else if k > 0 {
                    entries.makeHeap()
                    for position in kept..<extent {
                        let candidate = entry(position)
                        if candidate < entries[0] { entries.replaceGreatest(by: candidate) }
                    }
                    entries.sort()
                }
                for rank in 0..<k { out[rank * step] = entries[rank].position }
            }
        }
    }
}

/// A heap: no entry is less than those at twice its position and one and two beyond, so that the first is the greatest.
extension UnsafeMutableBufferPointer where Element: Comparable {
    fileprivate func makeHeap() {
        for position in (0..<count / 2).reversed() { siftDown(self[position], from: position) }
    }

    fileprivate func replaceGreatest(by element: Element) { siftDown(element, from: 0) }

    /// Places an element where it belongs, at or below a free position.
    private func siftDown(_ element: Element, from start: Int) {
        var position = start
        while true {
            var child = 2 * position + 1
            if child >= count { break }
            if child + 1 < count, self[child] < self[child + 1] { child += 1 }
            if !(element < self[child]) { break }
            self[position] = self[child]
            position = child
        }
        self[position] = element
    }
}

extension UnsafeMutableBufferPointer {
    /// Sorts entries that lie in the order of their positions, with the help of as much memory again.
    fileprivate func sortFromOrderOfPositions<Key>(_ scratch: Self) where Element == SortEntry<Key> {
        // From about this count on, passes over the digits are quicker than comparisons.
        if count < 64 {
            insertionSort()
        } else {
            radixSort(scratch)
        }
    }

    private func insertionSort<Key>() where Element == SortEntry<Key> {
        for next in 1..<Swift.max(count, 1) {
            let entry = self[next]
            var place = next
            while place > 0, entry < self[place - 1] {
                self[place] = self[place - 1]
                place -= 1
            }
            self[place] = entry
        }
    }

    /// A pass for each byte of the keys, the least significant first, puts the entries in the order of that byte
    /// without disturbing the order of equal ones: at last that of positions.
    private func radixSort<Key>(_ scratch: Self) where Element == SortEntry<Key> {
        let shifts = stride(from: 0, to: Key.bitWidth, by: 8)
        var (from, to) = (self, scratch)
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 256) { starts in
            for shift in shifts {
                starts.initialize(repeating: 0)
                for entry in from { starts[Int(truncatingIfNeeded: entry.key >> shift) & 255] += 1 }
                // All entries have the same byte: nothing moves.
                if starts[Int(truncatingIfNeeded: from[0].key >> shift) & 255] == count { continue }
                var next = 0
                for byte in 0..<256 { (starts[byte], next) = (next, next + starts[byte]) }
                for entry in from {
                    let byte = Int(truncatingIfNeeded: entry.key >> shift) & 255
                    to[starts[byte]] = entry
                    starts[byte] += 1
                }
                swap(&from, &to)
            }
        }
        if from.baseAddress != baseAddress { _ = update(from: from) }
    }
}

// MARK: - Searching

extension NDArray {
    /// Where values belong in ascending sequences, as `int32` of the values' shape: the number of elements of the
    /// sequence that are less than the value, or with `right` not greater. NaN counts as greater than every number.
    ///
    /// One sequence, `[n]`, takes values of any shape. Sequences `[…, n]` take values `[…, m]` with the same leading
    /// axes, each row of values its own sequence. Whether the sequences are in order is not checked.
    ///
    /// Traps where element types differ or are Boolean, or the leading axes do.
    package static func searchSorted(_ sequence: NDArray, _ values: NDArray, right: Bool = false) -> NDArray {
        let name = "searchSorted"
        if sequence.elementType != values.elementType {
            trap(name, "element types differ: \(sequence.elementType) and \(values.elementType)")
        }
        if sequence.rank == 0 || sequence.rank > 1 && sequence.shape.dropLast() != values.shape.dropLast() {
            trap(
                name,
                """
                values of shape \(values.shape) do not fit sequences of shape \(sequence.shape): one sequence has one \
                axis, and several have the leading axes of the values
                """)
        }
        sequence.checkPositions(alongAxis: sequence.rank - 1, name)
        switch sequence.elementType {
        case .float32: return search(Float.self, sequence, values, right)
        case .float64: return search(Double.self, sequence, values, right)
        case .int32: return search(Int32.self, sequence, values, right)
        case .bool: trap(name, "has no meaning for \(sequence.elementType)")
        }
    }

    private static func search<Element: SortableScalar>(
        _ type: Element.Type, _ sequence: NDArray, _ values: NDArray, _ right: Bool
    ) -> NDArray {
        let result = NDArray(uninitialized: .rowMajor(values.shape), .int32)
        // A value without an axis is a row of one.
        let row = values.rank == 0 ? values.layout.unsqueezed([0]) : values.layout
        let axis = row.rank - 1
        let (length, step) = (row.shape[axis], row.strides[axis])
        let (extent, stride) = (sequence.shape[sequence.rank - 1], sequence.layout.strides[sequence.rank - 1])
        let source = values.pointer.assumingMemoryBound(to: Element.self)
        let keys = sequence.pointer.assumingMemoryBound(to: Element.self)
        let out = result.pointer.assumingMemoryBound(to: Int32.self)
        let lines = Lines(shape: row.shape, along: axis) {
            SIMD4(result.layout.strides[$0], row.strides[$0], sequence.rank > 1 ? sequence.layout.strides[$0] : 0, 0)
        }
        lines.forEach(length: length) { offsets in
            let (line, sorted) = (source + offsets[1], keys + offsets[2])
            for position in 0..<length {
                let wanted = line[position * step].sortKey
                var (first, end) = (0, extent)
                while first < end {
                    let middle = (first + end) / 2
                    let key = sorted[middle * stride].sortKey
                    if right ? key <= wanted : key < wanted { first = middle + 1 } else { end = middle }
                }
                out[offsets[0] + position] = Int32(first)
            }
        }
        return result
    }
}
