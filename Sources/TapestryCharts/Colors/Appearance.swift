/// The colours of a light or of a dark page.
///
/// Series are told apart with any common deficiency of colour vision, and each has a contrast of at least 3 to the
/// page.
struct Appearance {
    let background, text, faint, grid, axis: Color
    /// A grey that no value has: the least ones are nearly the page's colour, so that an empty cell can't be.
    let missing: Color
    let series: [Color]
    let sequential, diverging: [Color]

    /// The number of colours that series have; beyond it colours begin anew, with dashed lines.
    static let seriesCount = 7

    private init(
        background: UInt32, text: UInt32, faint: UInt32, grid: UInt32, axis: UInt32, missing: UInt32,
        series: [UInt32], sequential: [UInt32], diverging: [UInt32]
    ) {
        self.background = Color(background)
        self.text = Color(text)
        self.faint = Color(faint)
        self.grid = Color(grid)
        self.axis = Color(axis)
        self.missing = Color(missing)
        self.series = series.map { Color($0) }
        func levels(_ codes: [UInt32]) -> [Color] {
            let ramp = ColorRamp(codes)
            return (0..<Ink.levelCount).map { ramp.color(at: Double($0) / Double(Ink.levelCount - 1)) }
        }
        self.sequential = levels(sequential)
        self.diverging = levels(diverging)
    }

    static let light = Appearance(
        background: 0xffffff, text: 0x1b2430, faint: 0x596675, grid: 0xe9edf1, axis: 0xaab4be,
        missing: 0xa8a29c,
        series: [0x1668b8, 0xe0620d, 0x159a78, 0x8c2d86, 0x6b4a00, 0xd15fa8, 0x5a6b7b],
        sequential: [0xf1f5f8, 0xb8dde0, 0x57adc4, 0x2570a8, 0x263b83, 0x1c1146],
        diverging: [0x0f3a78, 0x3a7fc2, 0xa5cbe9, 0xf4f4f3, 0xf3bf9f, 0xd76a33, 0x84290a])

    static let dark = Appearance(
        background: 0x0f1419, text: 0xe8edf2, faint: 0x9ba7b4, grid: 0x222a33, axis: 0x5c6874,
        missing: 0x6b645e,
        series: [0x3d94ea, 0xf28a3c, 0x3fdca5, 0xc583c4, 0xfbf08f, 0xd94a86, 0xcfe6f7],
        sequential: [0x19212d, 0x27407d, 0x2b79b3, 0x47b3c1, 0xaee0d3, 0xfbfbe4],
        diverging: [0xa6d4ff, 0x4a90d8, 0x234b7a, 0x1c232c, 0x773b1f, 0xdb753c, 0xffcaa1])
}
