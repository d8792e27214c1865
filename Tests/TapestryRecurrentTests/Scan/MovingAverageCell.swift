import TapestryAutograd
import TapestryRecurrent

// The example in the documentation of `ScannableRecurrentCell`.

struct MovingAverageCell<Scalar: DifferentiableScalar>: RecurrentCell, ScannableRecurrentCell {
    var decay: Tensor<Scalar>  // [features]

    func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, decay.count]) }

    func transition(_ x: Tensor<Scalar>) -> LinearTransition<Scalar> {
        let keep = sigmoid(decay)
        return LinearTransition(factor: keep, term: (1 - keep) * x)
    }

    func readout(_ x: Tensor<Scalar>, _ h: Tensor<Scalar>) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        (h, h)
    }
}
