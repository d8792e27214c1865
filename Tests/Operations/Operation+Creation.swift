import TapestryAutograd
import TapestryTestSupport

extension Operation {
    /// Tensors from nothing, which have values alone.
    static var creation: [Operation] {
        [
            Operation("zeros") { [.zeros(try $0.required("shape"))] },
            Operation("ones") { [.ones(try $0.required("shape"))] },
            Operation("full") { [Tensor(repeating: try $0.required("value"), shape: try $0.required("shape"))] },
            Operation("eye") { [.identity(try $0.required("count"))] },
            Operation("arange") {
                [.arange(from: try $0.required("start"), to: try $0.required("end"), by: try $0.setting("step") ?? 1)]
            },
            Operation("linspace") {
                [.linspace(from: try $0.required("start"), to: try $0.required("end"), count: try $0.required("count"))]
            },
        ]
    }
}
