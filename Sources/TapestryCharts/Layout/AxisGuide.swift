/// An axis on the page: where values are, and which of them have a label.
struct AxisGuide {
    /// A labelled place.
    struct Tick: Equatable {
        let place: Double
        let text: String
    }

    let scale: Scale
    private(set) var ticks: [Tick] = []
    /// Places that only have a line.
    private(set) var minor: [Double] = []
    /// Whether the labels are turned by 45°, since they are longer than their places.
    private(set) var isTurned = false
    /// Whether its places stand for things, between which there are no lines.
    let hasSlots: Bool

    /// The width of the widest label.
    var labelWidth: Double { ticks.map { TextMetrics.width($0.text, size: Label.tickSize) }.max() ?? 0 }

    /// An axis from left to right.
    static func horizontal(
        _ axis: Axis, _ ends: (lower: Double, upper: Double), _ slots: Slots?, isWhole: Bool, length: Double
    )
        -> AxisGuide
    {
        if let slots { return AxisGuide(columns: slots, length: length) }
        let scale = Scale(scaling: axis.scaling, lower: ends.lower, upper: ends.upper, start: 0, end: length)
        var guide = AxisGuide(scale)
        // As many labels as don't touch.
        for count in stride(from: max(Int(length / 75), 2), through: 1, by: -1) {
            guide.label(count: count, isWhole: isWhole)
            let isReadable = zip(guide.ticks, guide.ticks.dropFirst()).allSatisfy { first, second in
                let widths = [first, second].map { TextMetrics.width($0.text, size: Label.tickSize) }
                return second.place - first.place >= widths.reduce(0, +) / 2 + 10
            }
            if isReadable { break }
        }
        return guide
    }

    /// An axis from the bottom to the top; slots go from the top to the bottom.
    ///
    /// - Parameter spacing: About how far ticks are apart, in pixels.
    static func vertical(
        _ axis: Axis, _ ends: (lower: Double, upper: Double), _ slots: Slots?, length: Double, spacing: Double = 42
    ) -> AxisGuide {
        if let slots { return AxisGuide(rows: slots, length: length) }
        let scale = Scale(scaling: axis.scaling, lower: ends.lower, upper: ends.upper, start: length, end: 0)
        var guide = AxisGuide(scale)
        // One label tells nothing of a scale.
        for count in tickCount(length, spacing)...12 {
            guide.label(count: count, isWhole: false)
            if guide.ticks.count > 1 { break }
        }
        return guide
    }

    /// How many ticks a vertical axis has room for.
    static func tickCount(_ length: Double, _ spacing: Double = 42) -> Int { min(max(Int(length / spacing), 2), 10) }

    private init(_ scale: Scale, hasSlots: Bool = false) {
        self.scale = scale
        self.hasSlots = hasSlots
    }

    private mutating func label(count: Int, isWhole: Bool) {
        let (values, texts): ([Double], [String])
        switch scale.scaling {
        case .linear:
            let found = LinearTicks(scale.lower, scale.upper, count: count, isWhole: isWhole)
            values = found.values
            texts = TickLabels.linear(values, step: found.step)
        case .logarithmic:
            let found = LogarithmicTicks(scale.lower, scale.upper, count: count)
            values = found.values
            texts = TickLabels.logarithmic(values)
            minor = found.minor.compactMap { scale.position($0) }
        }
        ticks = zip(values, texts).compactMap { value, text in
            scale.position(value).map { Tick(place: $0, text: text) }
        }
    }

    // MARK: Slots

    private static let longestName = 130.0

    private init(columns slots: Slots, length: Double) {
        self.init(Self.scale(slots, start: 0, end: length), hasSlots: true)
        let room = length / Double(max(slots.count, 1))
        let names = Self.names(slots)
        let widest = names.map { TextMetrics.width($0, size: Label.tickSize) }.max() ?? 0
        if slots.names == nil {
            ticks = ticks(names, every: Self.roundStep(atLeast: (widest + 8) / room))
        } else {
            isTurned = widest + 6 > room
            ticks = ticks(names, every: isTurned ? max(Int((14 / room).rounded(.up)), 1) : 1)
        }
    }

    private init(rows slots: Slots, length: Double) {
        self.init(Self.scale(slots, start: 0, end: length), hasSlots: true)
        let room = length / Double(max(slots.count, 1))
        let least = 12.5 / room
        ticks = ticks(
            Self.names(slots),
            every: slots.names == nil ? Self.roundStep(atLeast: least) : max(Int(least.rounded(.up)), 1))
    }

    private static func scale(_ slots: Slots, start: Double, end: Double) -> Scale {
        Scale(scaling: .linear, lower: 0, upper: Double(max(slots.count, 1)), start: start, end: end)
    }

    private static func names(_ slots: Slots) -> [String] {
        (0..<slots.count).map { index in
            guard let names = slots.names else { return "\(index)" }
            return TextMetrics.shortened(Label.visible(names[index]), to: longestName, size: Label.tickSize)
        }
    }

    private func ticks(_ names: [String], every step: Int) -> [Tick] {
        stride(from: 0, to: names.count, by: step).map { index in
            Tick(place: scale.position(Double(index) + 0.5)!, text: names[index])
        }
    }

    /// 1, 2, 5, 10, 20, …
    private static func roundStep(atLeast least: Double) -> Int {
        var power = 1
        while true {
            for factor in [1, 2, 5] where Double(factor * power) >= least { return factor * power }
            power *= 10
        }
    }
}
