import Tapestry
import TapestryOperations
import TapestryTestSupport

extension ExportCase {
    /// An example of every operation of the library that has one.
    static var operations: [ExportCase] {
        Operation<Float>.all.flatMap { operation in
            operation.examples.enumerated().map { number, example in
                ExportCase("operation \(operation.name) \(number)", EmptyModule(), at: example.operands(.contiguous)) {
                    example.function($1)
                }
            }
        }
    }
}
