import Tapestry

/// A module whose parameters have names that mean something in HTML and JSON.
struct AwkwardModule: Module {
    var first: Tensor<Double>
    var second: Tensor<Double>

    enum CodingKeys: String, CodingKey {
        case first = "a<b> & \"c\""
        case second = "it's\\\u{1}"
    }

    static let names = [CodingKeys.first.rawValue, CodingKeys.second.rawValue]

    /// A check of a function that is right in the first parameter and has the wrong sign in the second.
    static func report(orders: Int = 1, elements: CheckedElements = .all) -> GradientReport {
        let point = withRandomSeed(1) { AwkwardModule(first: .normal([2, 3]), second: .normal([4])) }
        return checkGradients(of: point, elements: elements, orders: orders) { module in
            tanh(module.first).sum() + Wrong.value(exp(module.second), withGradientOf: -exp(module.second)).sum()
        }
    }
}
