/// Values in a row whose errors are above the threshold.
struct Anomaly {
    let range: Range<Int>
    /// Where the error is greatest, and how many times the threshold it is there.
    let peak: Int
    let strength: Double

    /// The anomalies in a range of a series, the strongest one first.
    static func all(in range: Range<Int>, errors: [Double], threshold: Double) -> [Anomaly] {
        var anomalies: [Anomaly] = []
        var step = range.lowerBound
        while step < range.upperBound {
            guard errors[step] > threshold else {
                step += 1
                continue
            }
            let end = errors[step..<range.upperBound].firstIndex { $0 <= threshold } ?? range.upperBound
            let peak = (step..<end).max { errors[$0] < errors[$1] }!
            anomalies.append(Anomaly(range: step..<end, peak: peak, strength: errors[peak] / threshold))
            step = end
        }
        return anomalies.sorted { $0.strength > $1.strength }
    }
}
