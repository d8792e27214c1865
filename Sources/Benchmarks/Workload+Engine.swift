import Tapestry
import TapestryAutograd

extension Workload {
    /// What the engine costs beside the arithmetic.
    static let engine = [
        chain("chain-multiply", isTracked: false),
        chain("chain-multiply-tracked", isTracked: true),
        gradientCheck, fastGradientCheck,
        moduleTraversal,
    ]

    /// A chain of `[4, 4]` products, recorded and differentiated: the cost of the engine itself. The factor is a
    /// constant, or the tracked input.
    private static func chain(_ name: String, isTracked: Bool) -> Workload {
        let length = 10_000
        return Workload(name: name, operations: length) {
            let start = Tensor<Float>.ones([4, 4])
            let factor = Tensor<Float>.ones([4, 4])
            return {
                keep(
                    gradient(at: start) { x in
                        var product = x
                        for _ in 0..<length { product = product * (isTracked ? x : factor) }
                        return product.sum()
                    })
            }
        }
    }

    /// A full gradient check of an LSTM in double precision: batch 3, 4 steps, 5 inputs, 6 hidden units; every element
    /// of the parameters, the inputs and the initial state.
    private static let gradientCheck = gradientCheck("gradcheck-lstm", .all)

    /// The same by one random projection of each block.
    private static let fastGradientCheck = gradientCheck("gradcheck-lstm-fast", .projections(1))

    private static func gradientCheck(_ name: String, _ elements: CheckedElements) -> Workload {
        Workload(name: name) {
            struct Point: Module {
                var model = Recurrent(LSTMCell<Double>(inputSize: 5, hiddenSize: 6))
                var inputs = Tensor<Double>.normal([4, 3, 5])
                var state = LSTMState(hidden: Tensor<Double>.normal([3, 6]), cell: Tensor<Double>.normal([3, 6]))
            }
            let point = Point()
            return {
                let report = checkGradients(of: point, elements: elements) {
                    $0.model($0.inputs, initialState: $0.state).outputs
                }
                if !report.isCorrect { fatalError("\(name): \(report)") }
            }
        }
    }

    /// A model taken apart, put together with other tensors in the same places, and taken apart and put together with
    /// those of a second one: collect, map and zip, divided by the number of leaves.
    private static let moduleTraversal: Workload = {
        /// Without initial values of properties, which every decoding would evaluate anew.
        struct Model: Module {
            let embedding: Embedding<Float>
            let recurrent: LSTM<Float>
            let output: Linear<Float>

            init() {
                embedding = Embedding(vocabularySize: 4, size: 4)
                recurrent = LSTM(inputSize: 4, hiddenSize: 4, layers: 8)
                output = Linear(inputSize: 4, outputSize: 4)
            }
        }
        let leaves = Model().parameters.count
        return Workload(name: "module-traversal", operations: leaves) {
            let (first, second) = (Model(), Model())
            return {
                keep(ModuleTree(of: first))
                keep(first.mapValues { $0 })
                keep(first.replacingLeaves(by: second))
            }
        }
    }()
}

extension Module {
    /// The walk over two modules at once, without anything computed.
    fileprivate func replacingLeaves(by other: Self) -> Self {
        var (tree, others) = (ModuleTree(of: self), ModuleTree(of: other))
        for index in tree.leaves.indices { swap(&tree.leaves[index].value, &others.leaves[index].value) }
        return tree.module()
    }
}
