import TapestryAutograd

/// A function that is applied to every element, as a setting of a layer or a cell: it is saved and compared with it.
public enum ActivationFunction: Sendable, Hashable {
    /// x
    case identity
    /// (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)
    case tanh
    /// 1 / (1 + e⁻ˣ)
    case sigmoid
    /// max(x, 0)
    case relu
    /// ln(1 + eˣ)
    case softplus
    /// x / (1 + |x|)
    case softsign
    /// x Φ(x), with the distribution function Φ of the standard normal distribution.
    case gelu
    /// slope · x + offset, not below 0 and not above 1. PyTorch and Keras 3 have the slope 1/6, ONNX and earlier Keras
    /// 0.2; all have the offset ½.
    case hardSigmoid(slope: Double = 1.0 / 6, offset: Double = 0.5)
    /// x where x > 0, slope · x elsewhere.
    case leakyRelu(slope: Double = 0.01)
    /// x where x > 0, α (eˣ − 1) elsewhere.
    case elu(alpha: Double = 1)
    /// x where x > threshold, 0 elsewhere.
    case thresholdedRelu(threshold: Double = 1)
    /// factor · tanh(slope · x)
    case scaledTanh(factor: Double = 1, slope: Double = 1)
    /// slope · x + offset
    case affine(slope: Double = 1, offset: Double = 0)

    /// The function of every element, in the shape of x.
    @inlinable
    public func callAsFunction<Scalar: DifferentiableScalar>(_ x: consuming Tensor<Scalar>) -> Tensor<Scalar> {
        // Those that cells have by default are tried first, and without a call.
        switch self {
        case .sigmoid: TapestryAutograd.sigmoid(x)
        case .tanh: TapestryAutograd.tanh(x)
        default: other(x)
        }
    }

    @usableFromInline
    func other<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        switch self {
        case .identity: return x
        case .tanh: return TapestryAutograd.tanh(x)
        case .sigmoid: return TapestryAutograd.sigmoid(x)
        case .relu: return TapestryAutograd.relu(x)
        case .softplus: return TapestryAutograd.softplus(x)
        case .softsign: return TapestryAutograd.softsign(x)
        case .gelu: return TapestryAutograd.gelu(x)
        case .hardSigmoid(let slope, let offset):
            let line = Scalar(slope) * x + Scalar(offset)
            return select(line .<= 0, x.zerosLike, select(line .>= 1, x.zerosLike + 1, line))
        case .leakyRelu(let slope): return TapestryAutograd.leakyRelu(x, slope: Scalar(slope))
        case .elu(let alpha): return TapestryAutograd.elu(x, alpha: Scalar(alpha))
        case .thresholdedRelu(let threshold): return select(x .> Scalar(threshold), x, x.zerosLike)
        case .scaledTanh(let factor, let slope): return Scalar(factor) * TapestryAutograd.tanh(Scalar(slope) * x)
        case .affine(let slope, let offset): return Scalar(slope) * x + Scalar(offset)
        }
    }
}

extension ActivationFunction: CaseIterable {
    /// Every function, with its usual numbers.
    public static var allCases: [ActivationFunction] {
        [
            .identity, .tanh, .sigmoid, .relu, .softplus, .softsign, .gelu, .hardSigmoid(), .leakyRelu(),
            .elu(), .thresholdedRelu(), .scaledTanh(), .affine(),
        ]
    }
}

extension ActivationFunction: LosslessStringConvertible {
    /// The name, and the numbers that belong to it in brackets: `tanh`, `hardSigmoid(0.2, 0.5)`.
    public var description: String {
        switch self {
        case .identity: "identity"
        case .tanh: "tanh"
        case .sigmoid: "sigmoid"
        case .relu: "relu"
        case .softplus: "softplus"
        case .softsign: "softsign"
        case .gelu: "gelu"
        case .hardSigmoid(let slope, let offset): "hardSigmoid(\(slope), \(offset))"
        case .leakyRelu(let slope): "leakyRelu(\(slope))"
        case .elu(let alpha): "elu(\(alpha))"
        case .thresholdedRelu(let threshold): "thresholdedRelu(\(threshold))"
        case .scaledTanh(let factor, let slope): "scaledTanh(\(factor), \(slope))"
        case .affine(let slope, let offset): "affine(\(slope), \(offset))"
        }
    }

    /// The function of a description; `nil` if there is none.
    public init?(_ description: String) {
        switch description {
        case "identity": self = .identity
        case "tanh": self = .tanh
        case "sigmoid": self = .sigmoid
        case "relu": self = .relu
        case "softplus": self = .softplus
        case "softsign": self = .softsign
        case "gelu": self = .gelu
        default: self.init(withNumbers: description)
        }
    }

    private init?(withNumbers description: String) {
        let parts = description.split { "(, )".contains($0) }
        let numbers = parts.dropFirst().map { Double($0) ?? .nan }
        if numbers.contains(where: \.isNaN) { return nil }
        switch (parts.first, numbers.count) {
        case ("hardSigmoid", 2): self = .hardSigmoid(slope: numbers[0], offset: numbers[1])
        case ("leakyRelu", 1): self = .leakyRelu(slope: numbers[0])
        case ("elu", 1): self = .elu(alpha: numbers[0])
        case ("thresholdedRelu", 1): self = .thresholdedRelu(threshold: numbers[0])
        case ("scaledTanh", 2): self = .scaledTanh(factor: numbers[0], slope: numbers[1])
        case ("affine", 2): self = .affine(slope: numbers[0], offset: numbers[1])
        default: return nil
        }
    }
}

extension ActivationFunction: Codable {
    /// Writes the description.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Reads a description. Throws if it is that of no function.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let description = try container.decode(String.self)
        guard let function = ActivationFunction(description) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "there is no activation function \"\(description)\"")
        }
        self = function
    }
}
