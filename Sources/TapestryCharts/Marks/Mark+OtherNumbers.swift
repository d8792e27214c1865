/// Marks of other numbers than `Double`: scalars of a tensor, whole numbers, ranges. Each is the mark of the same name
/// of `Double`s, whose forms are the ones that the compiler tries first, so that closures and literals among the
/// arguments have their types from the beginning.
extension Mark {
    /// A line through values at whole numbers.
    @_disfavoredOverload
    public static func line(
        _ values: some Sequence<some ChartNumber>, from first: Int = 0, label: String? = nil, color: Int? = nil
    ) -> Mark {
        line(values.map(\.chartValue), from: first, label: label, color: color)
    }

    /// A line through points, in their order.
    @_disfavoredOverload
    public static func line(
        x: some Sequence<some ChartNumber>, y: some Sequence<some ChartNumber>, label: String? = nil,
        color: Int? = nil
    ) -> Mark {
        line(x: x.map(\.chartValue), y: y.map(\.chartValue), label: label, color: color)
    }

    /// A band between two values at each whole number.
    @_disfavoredOverload
    public static func band(
        _ lower: some Sequence<some ChartNumber>, _ upper: some Sequence<some ChartNumber>, from first: Int = 0,
        label: String? = nil, color: Int? = nil
    ) -> Mark {
        band(lower.map(\.chartValue), upper.map(\.chartValue), from: first, label: label, color: color)
    }

    /// A band between two values at each x.
    @_disfavoredOverload
    public static func band(
        x: some Sequence<some ChartNumber>, _ lower: some Sequence<some ChartNumber>,
        _ upper: some Sequence<some ChartNumber>, label: String? = nil, color: Int? = nil
    ) -> Mark {
        band(
            x: x.map(\.chartValue), lower.map(\.chartValue), upper.map(\.chartValue), label: label, color: color)
    }

    /// Points that nothing joins.
    @_disfavoredOverload
    public static func points(
        x: some Sequence<some ChartNumber>, y: some Sequence<some ChartNumber>, label: String? = nil,
        color: Int? = nil
    ) -> Mark {
        points(x: x.map(\.chartValue), y: y.map(\.chartValue), label: label, color: color)
    }

    /// Bars for things with names.
    @_disfavoredOverload
    public static func bars(
        _ heights: some Sequence<some ChartNumber>, names: [String], label: String? = nil, color: Int? = nil
    ) -> Mark {
        bars(heights.map(\.chartValue), names: names, label: label, color: color)
    }

    /// Bars at numbers.
    @_disfavoredOverload
    public static func bars(
        x: some Sequence<some ChartNumber>, _ heights: some Sequence<some ChartNumber>, label: String? = nil,
        color: Int? = nil
    ) -> Mark {
        bars(x: x.map(\.chartValue), heights.map(\.chartValue), label: label, color: color)
    }

    /// How often values occur in intervals of equal width.
    @_disfavoredOverload
    public static func histogram(
        _ values: some Sequence<some ChartNumber>, bins: Int? = nil, label: String? = nil, color: Int? = nil
    ) -> Mark {
        histogram(values.map(\.chartValue), bins: bins, label: label, color: color)
    }

    /// A table of values as colours.
    @_disfavoredOverload
    public static func heatMap(
        _ values: some Sequence<some Sequence<some ChartNumber>>, rows: [String]? = nil, columns: [String]? = nil,
        colors: ColorScale = .automatic, range: ClosedRange<Double>? = nil, showsValues: Bool = false
    ) -> Mark {
        heatMap(
            values.map { $0.map(\.chartValue) }, rows: rows, columns: columns, colors: colors, range: range,
            showsValues: showsValues)
    }

    /// A table of values as colours, from the scalars of a tensor of shape `[rows, columnCount]` in their order.
    @_disfavoredOverload
    public static func heatMap(
        _ scalars: some Sequence<some ChartNumber>, columnCount: Int, rows: [String]? = nil,
        columns: [String]? = nil, colors: ColorScale = .automatic, range: ClosedRange<Double>? = nil,
        showsValues: Bool = false
    ) -> Mark {
        heatMap(
            scalars.map(\.chartValue), columnCount: columnCount, rows: rows, columns: columns, colors: colors,
            range: range, showsValues: showsValues)
    }
}
