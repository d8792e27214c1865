import Tapestry
import Training

/// A line about a training run.
public func summary(_ run: (first: Float, last: Float)) -> String {
    "loss \(Tensor<Float>(run.first).scalar) at first, \(run.last) in the end"
}
