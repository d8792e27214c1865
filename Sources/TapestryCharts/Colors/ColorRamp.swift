/// Colours along a line through given ones, evenly as the eye sees them.
struct ColorRamp {
    private let stops: [PerceptualColor]

    init(_ codes: [UInt32]) { stops = codes.map { PerceptualColor(Color($0)) } }

    /// The colour at a share of the way, from 0 to 1.
    func color(at share: Double) -> Color {
        let place = share * Double(stops.count - 1)
        let index = min(Int(place), stops.count - 2)
        return stops[index].mixed(with: stops[index + 1], place - Double(index)).color
    }
}
