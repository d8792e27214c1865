import TapestryTestSupport
import Testing

@testable import TapestryArrays

@Suite struct WindowTests {
    private static let cases: [([Int], [WindowAxis])] = [
        ([7], [WindowAxis(axis: 0, size: 3)]),
        ([9], [WindowAxis(axis: 0, size: 3, step: 2, dilation: 2)]),
        ([4], [WindowAxis(axis: 0, size: 2, step: 5)]),
        ([4], [WindowAxis(axis: 0, size: 5)]),
        ([4], [WindowAxis(axis: 0, size: 2, dilation: 3)]),
        ([2, 3], []),
        ([3, 6, 2], [WindowAxis(axis: 1, size: 4)]),
        ([2, 5, 6], [WindowAxis(axis: -1, size: 3, step: 2), WindowAxis(axis: 1, size: 2, dilation: 2)]),
        ([0, 5], [WindowAxis(axis: 1, size: 2)]),
    ]

    /// The shape of all windows, counted by trying.
    private func shape(_ shape: [Int], _ windows: [WindowAxis]) -> [Int] {
        var result = shape
        for window in windows {
            let axis = window.axis < 0 ? window.axis + shape.count : window.axis
            result[axis] =
                (0..<100).filter {
                    $0 * window.step + (window.size - 1) * window.dilation < shape[axis]
                }.count
        }
        return result + windows.map(\.size)
    }

    private func source(_ position: [Int], _ rank: Int, _ windows: [WindowAxis]) -> [Int] {
        var result = Array(position[..<rank])
        for (number, window) in windows.enumerated() {
            let axis = window.axis < 0 ? window.axis + rank : window.axis
            result[axis] = position[axis] * window.step + position[rank + number] * window.dilation
        }
        return result
    }

    @Test(arguments: cases.indices)
    func windowsAndTheirReverse(_ number: Int) {
        let (shape, windows) = Self.cases[number]
        let windowShape = self.shape(shape, windows)
        var generator = SeededGenerator(seed: 1)
        for type in ElementType.allCases {
            let range = type == .bool ? 0...1 : -8...8
            for sample in Sample.inAllLayouts(shape, type, in: range, using: &generator) {
                let expected = ReferenceArray(shape: windowShape) {
                    sample.reference[source($0, shape.count, windows)]
                }
                let view = sample.array.windows(windows)
                #expect(view.plain == expected)
                #expect(view.owner === sample.array.owner)
            }
            if type == .bool { continue }
            for values in Sample.inAllLayouts(windowShape, type, using: &generator) {
                let target = Sample.random(shape.map { 2 * $0 }, type, using: &generator)
                let view = shape.indices.reduce(target) { $0.flipped($1, step: 2) }
                let expected = ReferenceArray(shape: shape) { position in
                    ReferenceArray.positions(in: windowShape).reduce(view.reference[position]) {
                        source($1, shape.count, windows) == position ? $0 + values.reference[$1] : $0
                    }
                }
                view.array.overlapAdd(values.array, windows)
                #expect(view.array.plain == expected)
            }
        }
    }
}
