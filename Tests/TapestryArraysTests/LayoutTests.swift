import Testing

@testable import TapestryArrays

@Suite struct LayoutTests {
    @Test func rowMajorStrides() {
        #expect(Layout([2, 3, 4]).strides == [12, 4, 1])
        #expect(Layout([]).strides == [])
        #expect(Layout([0, 3]).strides == [3, 1])
        #expect(Layout([2, 3, 4]).count == 24)
        #expect(Layout([]).count == 1)
        #expect(Layout([2, 0, 4]).count == 0)
    }

    @Test func contiguityDisregardsAxesOfExtentOne() {
        #expect(Layout(shape: [2, 1, 3], strides: [3, 77, 1]).isContiguous)
        #expect(Layout(shape: [1, 3], strides: [0, 1]).isContiguous)
        #expect(!Layout(shape: [2, 3], strides: [4, 1]).isContiguous)
        #expect(!Layout(shape: [2, 3], strides: [1, 2]).isContiguous)
        #expect(!Layout(shape: [2, 3], strides: [0, 1]).isContiguous)
        #expect(Layout(shape: [0, 3], strides: [5, 7]).isContiguous)
    }

    /// The fast path for equal shapes compares objects.
    @Test func aContiguousLayoutIsItsOwnContiguousForm() {
        let layout = Layout([2, 3])
        #expect(layout.contiguous === layout)
        #expect(layout.permuted([1, 0]).contiguous.strides == [2, 1])
    }

    @Test func axesCountFromBothEnds() {
        let layout = Layout([2, 3, 4])
        #expect(layout.axis(-1, in: "test") == 2)
        #expect(layout.axis(0, in: "test") == 0)
        #expect(layout.axes(nil, in: "test") == [0, 1, 2])
        #expect(layout.axes([-1, 0], in: "test") == [0, 2])
        #expect(layout.axes([], in: "test") == [])
    }

    @Test(
        arguments: [
            ([], [], []), ([], [3], [3]), ([1], [3], [3]), ([2, 3], [3], [2, 3]), ([2, 1], [1, 3], [2, 3]),
            ([4, 1, 3], [2, 3], [4, 2, 3]), ([0, 3], [1, 3], [0, 3]), ([0], [1], [0]), ([1, 0], [2, 1], [2, 0]),
            ([3], [2], nil), ([2, 3], [2], nil), ([0], [2], nil), ([2, 1, 3], [2, 2], nil),
        ] as [([Int], [Int], [Int]?)])
    func broadcastShapes(_ a: [Int], _ b: [Int], _ expected: [Int]?) {
        #expect(Layout.broadcastShape(a, b) == expected)
        #expect(Layout.broadcastShape(b, a) == expected)
        #expect(Layout.broadcast(Layout(a), Layout(b))?.shape == expected)
        #expect(Layout.broadcast(Layout(b), Layout(a))?.shape == expected)
    }

    /// Layouts of at most two axes are compared by numbers, larger ones by arrays.
    @Test func whatHasTheShapeOfAnotherAndWhatFitsIt() {
        let shapes: [[Int]] = [
            [], [1], [3], [1, 1], [1, 3], [3, 1], [2, 3], [3, 3], [0], [0, 3], [1, 2, 3], [2, 2, 3], [2, 1, 3],
        ]
        for a in shapes {
            for b in shapes {
                let (left, right) = (Layout(a), Layout(b))
                #expect(left.hasShape(of: right) == (a == b), "\(a), \(b)")
                #expect(left.fits(right) == (Layout.broadcastShape(a, b) == b), "\(a), \(b)")
                #expect(left.fits(b) == left.fits(right), "\(a), \(b)")
            }
        }
    }

    @Test func expansionRepeatsByAStrideOfZero() {
        #expect(Layout([3, 1]).expanded(to: [2, 3, 4])?.strides == [0, 1, 0])
        #expect(Layout([3]).expanded(to: [2]) == nil)
        #expect(Layout([2, 3]).expanded(to: [3]) == nil)
        #expect(Layout([1]).expanded(to: [0])?.count == 0)
    }
}
