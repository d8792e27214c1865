import Foundation
import Tapestry
import TapestryCommand

/// A series, of which the last fifth is held out, and of the rest the last fifth serves to choose by.
struct Series {
    /// Where it comes from.
    let source: String
    let values: [Double]
    /// What may be learned from while something is to be chosen.
    let fitting: Range<Int>
    /// What is chosen by.
    let validation: Range<Int>
    /// What is held out to the end.
    let test: Range<Int>

    /// Throws if the series is too short for windows in each of its parts.
    init(_ values: [Double], from source: String, _ settings: Settings) throws {
        (self.values, self.source) = (values, source)
        let cut = values.count * 4 / 5
        fitting = 0..<cut * 4 / 5
        validation = cut * 4 / 5..<cut
        test = cut..<values.count
        let (window, season, horizon) = (settings.model.window, settings.model.season, settings.model.horizon)
        let needed = window + season + 2 * horizon
        if fitting.count < needed || validation.count < horizon || test.count < horizon {
            throw settings.files.dataError(
                """
                the series is too short: of its \(values.count) values \(fitting.count) remain to learn from, and a window \
                of \(window), a season of \(season) and \(horizon) steps ahead take \(needed)
                """, withoutFile: "--window, --season and --horizon")
        }
    }

    /// The series of a file, or a made-up one.
    static func read(_ settings: Settings) throws -> Series {
        guard let path = settings.files.data else {
            return try Series(madeUp(seed: settings.files.seed), from: "made-up series", settings)
        }
        let column = try SeriesColumn(contentsOf: path, named: settings.column)
        return try Series(column.values, from: column.description, settings)
    }

    /// Thirty years of months: growth, a season that grows with it, a slow wave, and noise that carries over.
    private static func madeUp(seed: UInt64) -> [Double] {
        let noise = withRandomSeed(seed) { Tensor<Double>.normal([360]).scalars }
        var carried = 0.0
        return noise.enumerated().map { month, shock in
            carried = 0.7 * carried + shock
            let t = Double(month)
            let season = 1 + 0.25 * sin(2 * .pi * t / 12) + 0.08 * cos(2 * .pi * t / 6)
            return (100 + 0.5 * t + 10 * sin(2 * .pi * t / 87)) * season + 3 * carried
        }
    }
}

/// What a series is before it is learned from: the logarithm makes of growth in proportion a straight line, the
/// difference takes the season away.
struct Transform: Codable, Equatable, CustomStringConvertible {
    var takesLogarithm: Bool
    /// The steps of a season; `nil` to leave it in.
    var season: SeasonalDifference?

    var description: String {
        let parts = [takesLogarithm ? "logarithm" : nil, season.map { "difference over \($0.period) steps" }]
            .compactMap(\.self)
        return parts.isEmpty ? "the series itself" : parts.joined(separator: ", ")
    }

    /// All that make sense for a series.
    static func candidates(for values: [Double], season: Int) -> [Transform] {
        let logarithms = values.allSatisfy { $0 > 0 } ? [false, true] : [false]
        return logarithms.flatMap { takesLogarithm in
            [nil, SeasonalDifference(period: season)].map { Transform(takesLogarithm: takesLogarithm, season: $0) }
        }
    }

    /// How many values are lost at the start.
    var lost: Int { season?.period ?? 0 }

    /// The transformed series, `lost` values shorter.
    func applied(to values: [Double]) -> [Double] {
        let values = takesLogarithm ? values.map { log($0) } : values
        return season?.differences(of: values) ?? values
    }

    /// The values after `history` whose transformed ones are given.
    func undone(_ transformed: [Double], after history: [Double]) -> [Double] {
        let past = takesLogarithm ? history.map { log($0) } : history
        let values = season?.values(of: transformed, after: past) ?? transformed
        return takesLogarithm ? values.map { exp($0) } : values
    }
}
