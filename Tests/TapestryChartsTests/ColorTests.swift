import Foundation
import Testing

@testable import TapestryCharts

@Suite struct ColorTests {
    private let appearances: [(name: String, colors: Appearance)] = [("light", .light), ("dark", .dark)]

    /// How light is seen with one kind of cone missing: G. Machado, M. Oliveira and L. Fernandes, "A physiologically-based
    /// model for simulation of color vision deficiency", 2009, severity 1.
    private let visions: [(name: String, matrix: [[Double]])] = [
        ("full", [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
        (
            "protanopia",
            [
                [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998],
            ]
        ),
        (
            "deuteranopia",
            [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
        ),
        (
            "tritanopia",
            [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
        ),
    ]

    /// CIE L*a*b*, in which a distance of about 2.3 is just seen.
    private func lab(_ color: Color, _ matrix: [[Double]]) -> [Double] {
        let light = [color.linear.red, color.linear.green, color.linear.blue]
        let seen = matrix.map { min(max(zip($0, light).reduce(0) { $0 + $1.0 * $1.1 }, 0), 1) }
        func mix(_ a: Double, _ b: Double, _ c: Double) -> Double { a * seen[0] + b * seen[1] + c * seen[2] }
        let xyz = [
            mix(0.4124564, 0.3575761, 0.1804375) / 0.95047, mix(0.2126729, 0.7151522, 0.0721750),
            mix(0.0193339, 0.1191920, 0.9503041) / 1.08883,
        ].map { $0 > 0.008856 ? cbrt($0) : 7.787 * $0 + 16.0 / 116 }
        return [116 * xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])]
    }

    @Test func seriesAreToldApartWithAnyVision() {
        for (page, colors) in appearances {
            for (vision, matrix) in visions {
                let seen = colors.series.map { lab($0, matrix) }
                for i in seen.indices {
                    for j in 0..<i {
                        let distance = zip(seen[i], seen[j]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
                            .squareRoot()
                        #expect(distance > 14, "\(page), \(vision): series \(j) and \(i)")
                    }
                }
            }
        }
    }

    /// A gradient that is no number must not look like one that is small.
    @Test func missingCellsLookLikeNoValue() {
        for (page, colors) in appearances {
            for (vision, matrix) in visions {
                let missing = lab(colors.missing, matrix)
                for (scale, levels) in [("sequential", colors.sequential), ("diverging", colors.diverging)] {
                    let nearest = levels.map { level in
                        zip(lab(level, matrix), missing).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
                    }.min()!
                    #expect(nearest > 10, "\(page), \(vision): \(scale)")
                }
            }
            #expect(colors.missing.contrast(to: colors.background) > 2)
        }
    }

    @Test func everythingIsReadableOnItsPage() {
        for (page, colors) in appearances {
            for (index, color) in colors.series.enumerated() {
                #expect(color.contrast(to: colors.background) >= 3, "\(page): series \(index)")
            }
            #expect(colors.text.contrast(to: colors.background) >= 12)
            #expect(colors.faint.contrast(to: colors.background) >= 4.5)
            for level in 0..<Ink.levelCount {
                for (text, cell) in [
                    (Ink.onSequential(level), Ink.sequential(level)), (.onDiverging(level), .diverging(level)),
                ] {
                    #expect(text.color(in: colors).contrast(to: cell.color(in: colors)) >= 4.2, "\(page): \(cell)")
                }
            }
        }
    }

    @Test func scalesGoOneWayInLightness() {
        for (_, colors) in appearances {
            let distances = colors.sequential.map { $0.contrast(to: colors.background) }
            #expect(zip(distances, distances.dropFirst()).allSatisfy { $0 < $1 })
            let middle = Ink.levelCount / 2
            let away = colors.diverging.map { $0.contrast(to: colors.background) }
            #expect(zip(away[middle...], away[(middle + 1)...]).allSatisfy { $0 < $1 })
            #expect(zip(away[...middle], away[1...middle]).allSatisfy { $0 > $1 })
        }
    }

    @Test func valuesHaveTheColorsOfTheirPlaces() {
        let positive = ColorMapping(.automatic, values: ValueRange([2, 4, .nan]), range: nil)
        #expect(positive.ink(of: 2) == .sequential(0) && positive.ink(of: 3) == .sequential(32))
        #expect(positive.ink(of: 4) == .sequential(64) && positive.ink(of: 9) == .sequential(64))
        let both = ColorMapping(.automatic, values: ValueRange([-1, 4]), range: nil)
        #expect(
            both.ink(of: 0) == .diverging(32) && both.ink(of: -4) == .diverging(0) && both.ink(of: 2) == .diverging(48))
        let equal = ColorMapping(.sequential, values: ValueRange([5, 5]), range: nil)
        #expect(equal.ink(of: 5) == .sequential(0))
    }
}
