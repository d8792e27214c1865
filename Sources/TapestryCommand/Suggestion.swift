/// ` (did you mean X?)` for the candidate nearest to what was typed, or nothing if none is near.
///
/// Near means that at most a third of the typed characters, and never fewer than one, have to change.
func suggestion(for typed: String, from candidates: [String]) -> String {
    let ranked = candidates.map { (candidate: $0, distance: editDistance(typed, $0)) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= max(1, typed.count / 3) else {
        return ""
    }
    return " (did you mean \(best.candidate)?)"
}

/// Levenshtein's distance: the fewest insertions, deletions and replacements of characters, case ignored, that turn
/// one text into the other. O(m n) time, O(n) memory.
private func editDistance(_ first: String, _ second: String) -> Int {
    let target = Array(second.lowercased())
    var row = Array(0...target.count)
    for (line, character) in first.lowercased().enumerated() {
        var diagonal = row[0]
        row[0] = line + 1
        for column in target.indices {
            let replaced = diagonal + (target[column] == character ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
        }
    }
    return row[target.count]
}
