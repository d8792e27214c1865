import Foundation
import TapestryArrays

extension Chart {
    /// How often each class was taken for which: a row for each class, a column for each prediction. The colour of a
    /// cell is its share of the row, so the diagonal shows the recall of each class however rare it is; the number in
    /// it is the count.
    ///
    /// - Parameters:
    ///   - counts: `counts[class][prediction]`. Traps unless there are as many in each row as rows, none of them
    ///     negative.
    ///   - classes: The names of the classes; `nil` for their numbers. Traps unless there are as many.
    ///   - title: What stands above it; the accuracy stands under that.
    ///   - theme: Which page it is drawn for.
    public static func confusionMatrix(
        _ counts: [[Int]], classes: [String]? = nil, title: String? = "Confusion matrix", theme: Theme = .automatic
    ) -> Chart {
        guard counts.allSatisfy({ $0.count == counts.count }), counts.joined().allSatisfy({ $0 >= 0 }) else {
            trap("confusionMatrix", "\(counts.map(\.count)) counts in \(counts.count) rows, or one is negative")
        }
        let names = classes ?? counts.indices.map { "\($0)" }
        guard names.count == counts.count else {
            trap("confusionMatrix", "\(names.count) names for \(counts.count) classes")
        }
        let shares = counts.map { row in
            let total = row.reduce(0.0) { $0 + Double($1) }
            return row.map { total > 0 ? Double($0) / total : .nan }
        }
        let total = counts.joined().reduce(0.0) { $0 + Double($1) }
        let right = counts.indices.reduce(0.0) { $0 + Double(counts[$1][$1]) }
        let accuracy = total > 0 ? String(format: "accuracy %.1f %%", 100 * right / total) : nil
        let cells = HeatMapMark(
            shares, rows: names, columns: names, colors: .sequential, range: 0...1,
            texts: counts.map { $0.map { "\($0)" } })
        return Chart(
            title, subtitle: accuracy, x: "predicted", y: "actual", theme: theme, marks: [Mark(cells, label: nil)])
    }
}
