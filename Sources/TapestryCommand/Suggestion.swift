/// ` (did you mean X?)` for the candidate nearest to what was typed, or nothing if none is near.
///
/// Near means that at most a third of the typed characters, leading dashes not counted, and never fewer than one,
/// have to change.
func suggestion(for typed: String, from candidates: [String]) -> String {
    let tolerance = max(1, typed.drop { $0 == "-" }.count / 3)
    let ranked = candidates.map { (candidate: $0, distance: editDistance(typed, $0)) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= tolerance else { return "" }
    return " (did you mean \(best.candidate)?)"
}

/// The fewest insertions, deletions, replacements of characters and exchanges of neighbours, case ignored, that turn
/// one text into the other, no place being changed twice (the optimal string alignment distance). O(m n) time.
private func editDistance(_ first: String, _ second: String) -> Int {
    let (source, target) = (Array(first.lowercased()), Array(second.lowercased()))
    var rows = [Array(0...target.count)]
    for i in source.indices {
        var row = [i + 1]
        for j in target.indices {
            let replaced = rows[i][j] + (source[i] == target[j] ? 0 : 1)
            var distance = min(replaced, rows[i][j + 1] + 1, row[j] + 1)
            if i > 0, j > 0, source[i] == target[j - 1], source[i - 1] == target[j] {
                distance = min(distance, rows[i - 1][j - 1] + 1)
            }
            row.append(distance)
        }
        rows.append(row)
    }
    return rows[source.count][target.count]
}
