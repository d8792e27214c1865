import TapestryAutograd

// Where several elements are tied, as in a sort of equal numbers, the function has more slopes nearby than the two
// along one element, and the gradient may be any of them. Such a kink is gone when the others are moved a little.

extension ProbeGroup {
    /// The elements that differences at a kink call wrong.
    var wrongAtKinks: [Int] {
        probes.indices.filter { estimate($0).kink != nil && finding($0) == .wrong }
    }

    /// Marks the kinks that vanish when all other elements are moved.
    ///
    /// - Parameter changes: how much the function changes at such points, where the coordinates of probes have some
    ///   values as well.
    mutating func markSharedKinks(_ changes: Changes) {
        let suspects = wrongAtKinks
        if suspects.isEmpty { return }
        let values = suspects.flatMap { index -> [(probe: DifferenceProbe, value: Double)] in
            let quotient = probes[index].search.quotient
            return [0, 1, -1].map { (probes[index], quotient.element + $0 * quotient.smallStep) }
        }
        let changed = changes(values)
        for (number, index) in suspects.enumerated() {
            let (base, up, down) = (changed[3 * number], changed[3 * number + 1], changed[3 * number + 2])
            let jump = (up - 2 * base + down).magnitude / probes[index].search.quotient.smallStep
            let slopes = estimate(index).kink!.slopes
            probes[index].sharesKink = jump < (slopes.upperBound - slopes.lowerBound) / 2
        }
    }
}

extension DifferenceQuotient {
    /// A step that is small beside those by which other elements are moved.
    fileprivate var smallStep: Double { size * 0x1p-16 }
    /// How far other elements are moved, relative to their size.
    static var displacement: Double { 0x1p-10 }
}
