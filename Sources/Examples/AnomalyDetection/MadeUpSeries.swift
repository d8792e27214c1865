import Foundation
import Tapestry
import TapestryCommand

extension LabelledSeries {
    /// Ways in which the made-up series is disturbed.
    private enum Disturbance: CaseIterable {
        /// One value far off.
        case spike
        /// All values higher or lower for a while.
        case shift
        /// The season at another point than it should be for a while.
        case phase
    }

    /// 4000 values: a season of 24 steps whose strength goes up and down, with noise that carries over. In the part
    /// that is searched about one value in six belongs to a spike, a shift or a change of phase.
    static func madeUp(seed: UInt64) -> LabelledSeries {
        withRandomSeed(seed) {
            let source = RandomSource.current
            let noise = Tensor<Double>.normal([4000]).scalars
            var (offsets, delays) = ([Double](repeating: 0, count: 4000), [Double](repeating: 0, count: 4000))
            var labels = [Bool](repeating: false, count: 4000)
            var start = 2830
            while start < 3950 {
                let kind = Disturbance.allCases.drawnElement(by: source)
                let sign = source.uniform() < 0.5 ? -1.0 : 1
                let steps = kind == .spike ? 1 : 12 + source.integer(below: 25)
                let (height, delay) = (sign * (0.8 + source.uniform()), Double(6 + source.integer(below: 13)))
                for t in start..<min(start + steps, 4000) {
                    if kind == .phase { delays[t] = delay } else { offsets[t] = height }
                    labels[t] = true
                }
                start += steps + 40 + source.integer(below: 60)
            }
            var carried = 0.0
            let values = noise.indices.map { t in
                carried = 0.6 * carried + 0.1 * noise[t]
                let angle = 2 * Double.pi * (Double(t) - delays[t]) / 24
                let strength = 1 + 0.3 * sin(2 * .pi * Double(t) / 331)
                return strength * (sin(angle) + 0.4 * cos(2 * angle + 1)) + offsets[t] + carried
            }
            return LabelledSeries(
                source: "made-up series", values: values, labels: labels, names: values.indices.map { "step \($0)" })
        }
    }
}
