import Foundation
import Testing

@testable import TapestryAutograd

private struct Layer<Scalar: DifferentiableScalar>: Module, Equatable {
    var weights: Tensor<Scalar>
    var bias: Tensor<Scalar>?
    var slope: Scalar = 0.5
}

private enum Activation<Scalar: DifferentiableScalar>: Module, Equatable {
    case none
    case scaled(by: Tensor<Scalar>)
    case gated(Layer<Scalar>, steps: Int)
}

private struct Stacked<First: Module, Second: Module>: Module {
    var first: First
    var second: Second
}

extension Stacked: Equatable where First: Equatable, Second: Equatable {}

private struct Model<Scalar: DifferentiableScalar>: Module, Equatable {
    var layers: [Layer<Scalar>]
    var activation: Activation<Scalar>
    var states: [String: Tensor<Scalar>]
    var nested: Stacked<Layer<Scalar>, Stacked<Tensor<Scalar>, EmptyModule>>
    var maybe: [Tensor<Scalar>?]
    var mask: Tensor<Bool>
    var classes: Tensor<Int32>
    var name: String
    var sizes: [Int]
}

@Suite struct ModuleTests {
    private func model<Scalar: DifferentiableScalar>(_ activation: Activation<Scalar>) -> Model<Scalar> {
        Model(
            layers: [
                Layer(weights: Tensor([[1, 2], [3, 4]]), bias: Tensor([5, 6])),
                Layer(weights: Tensor([[7]]), bias: nil),
            ],
            activation: activation,
            states: [
                "beta": Tensor([8]), "alpha": Tensor([9]), "gamma": Tensor([10]), "10": Tensor([1]), "9": Tensor([1]),
            ],
            nested: Stacked(
                first: Layer(weights: Tensor([11]), bias: nil),
                second: Stacked(first: Tensor([12]), second: EmptyModule())),
            maybe: [nil, Tensor([13]), nil],
            mask: Tensor([true, false]), classes: Tensor([1, 2]), name: "model", sizes: [1, 2])
    }

    private func gated<Scalar: DifferentiableScalar>() -> Model<Scalar> {
        model(.gated(Layer(weights: Tensor([20]), bias: Tensor([21])), steps: 3))
    }

    @Test func parametersHaveTheirPathsInOrder() {
        #expect(
            (gated() as Model<Float>).parameters.map(\.path) == [
                "layers.0.weights", "layers.0.bias", "layers.1.weights", "activation.gated._0.weights",
                "activation.gated._0.bias", "states.10", "states.9", "states.alpha", "states.beta", "states.gamma",
                "nested.first.weights", "nested.second.first", "maybe.1",
            ])
        #expect((model(.none) as Model<Float>).parameters.count == 11)
        #expect(
            (model(.scaled(by: Tensor([1]))) as Model<Float>).parameters.map(\.path)[3] == "activation.scaled.by")
        #expect((gated() as Model<Float>).parameters[0].shape == [2, 2])
        #expect((gated() as Model<Float>).parameters[0].tensor(as: Double.self) == Tensor([[1, 2], [3, 4]]))
        #expect((gated() as Model<Float>).parameterCount == 17)
        #expect(Tensor<Float>([1, 2]).parameters.map(\.path) == [""])
        #expect(EmptyModule().parameters.isEmpty)
    }

    @Test func dictionariesAreWalkedInTheSameOrderAlways() {
        for count in [1, 2, 5, 30] {
            let keys = (0..<count).map { "key \($0)" }
            let dictionary = Dictionary(uniqueKeysWithValues: keys.shuffled().map { ($0, Tensor<Float>([1])) })
            #expect(dictionary.parameters.map(\.path) == keys.sorted())
        }
    }

    @Test func transformationsKeepEverythingElse() {
        let original: Model<Float> = gated()
        #expect(original.mapValues { $0 } == original)
        let doubled = original.scaled(by: 2)
        #expect(doubled.layers[0].weights == Tensor([[2, 4], [6, 8]]))
        #expect(doubled.layers[1].bias == nil)
        #expect(doubled.activation == .gated(Layer(weights: Tensor([40]), bias: Tensor([42])), steps: 3))
        #expect(doubled.states["alpha"] == Tensor([18]))
        #expect(doubled.maybe == [nil, Tensor([26]), nil])
        #expect(doubled.mask == original.mask)
        #expect(doubled.classes == original.classes)
        #expect(doubled.name == "model")
        #expect(doubled.sizes == [1, 2])
        #expect(doubled.layers[0].slope == 0.5)
    }

    @Test func everyActivationIsRebuilt() {
        for activation in [Activation<Double>.none, .scaled(by: Tensor([3])), gated().activation] {
            let original = model(activation)
            #expect(original.mapValues { $0 } == original)
        }
    }

    @Test func zerosAndNorm() {
        let zeros = (gated() as Model<Double>).zerosLike
        #expect(zeros.parameters.allSatisfy { $0.tensor(as: Double.self).scalars.allSatisfy { $0 == 0 } })
        #expect(zeros.parameters.map(\.shape) == (gated() as Model<Double>).parameters.map(\.shape))
        #expect(zeros.classes == Tensor([1, 2]))
        #expect(Layer(weights: Tensor([3.0]), bias: Tensor([4.0])).parameterNorm == 5)
        #expect(EmptyModule().parameterNorm == 0)
        for scale in [0x1p-1020, 0x1p-500, 0x1p600, 0x1p1020] {
            #expect(Layer(weights: Tensor([3 * scale]), bias: Tensor([4 * scale])).parameterNorm == 5 * scale)
        }
        #expect(Layer(weights: Tensor([-Double.infinity]), bias: Tensor([4.0])).parameterNorm == .infinity)
        #expect(Layer(weights: Tensor([1.0]), bias: Tensor([Double.nan])).parameterNorm.isNaN)
        #expect(Tensor<Float>([[1, 2], [2, 0]]).transposed().parameterNorm == 3)
    }

    /// The squares of the parameters need not be floats.
    @Test(arguments: [1, 1e15, 1e20, 1e37, 1e-18, 1e-20, 1e-25, 1e-38])
    func normOverTheWholeRangeOfFloat(_ magnitude: Double) {
        let matrix = Tensor<Float>.normal([100, 1000]) * Float(magnitude) * 0.5
        let exact = matrix.converted(to: Double.self)
        let layer = Layer(weights: matrix.transposed(), bias: Tensor([Float(magnitude)]))
        let expected = Layer<Double>(weights: exact, bias: Tensor([Double(Float(magnitude))])).parameterNorm
        #expect((layer.parameterNorm / expected - 1).magnitude < 1e-6)
        #expect((layer.scaled(by: 1 / layer.parameterNorm).parameterNorm - 1).magnitude < 1e-5)
    }

    @Test func normOfWhatIsNotFinite() {
        #expect(Tensor<Float>([1, .infinity]).parameterNorm == .infinity)
        #expect(Tensor<Float>([1, .nan, .infinity]).parameterNorm.isNaN)
        #expect(Tensor<Float>.zeros([3]).parameterNorm == 0)
        #expect(Tensor<Float>.zeros([0]).parameterNorm == 0)
    }

    @Test func conversionToAnotherScalarType() {
        let exact: Model<Double> = (gated() as Model<Float>).converted()
        #expect(exact == gated())
        #expect(exact.layers[0].slope == 0.5)
        let back = exact.converted(to: Model<Float>.self)
        #expect(back == gated())
    }

    @Test func conversionIsDifferentiable() {
        let layer = Layer<Float>(weights: Tensor([2]), bias: Tensor([3]))
        let gradient = gradient(at: layer) { layer in
            let exact = layer.converted(to: Layer<Double>.self)
            return (exact.weights * exact.bias!).sum()
        }
        #expect(gradient == Layer(weights: Tensor([3]), bias: Tensor([2])))
    }

    @Test func penaltiesOverAllParameters() {
        let original: Model<Double> = gated()
        let gradient = gradient(at: original) { model in
            model.parameters.reduce(Tensor(0)) { $0 + square($1.tensor()).sum() }
        }
        #expect(gradient == original.scaled(by: 2))
        // Through a conversion as well, where it is one to the parameter's own type.
        let single: Model<Float> = gated()
        let ofSingle = TapestryAutograd.gradient(at: single) { model in
            model.parameters.reduce(Tensor<Double>(0)) { $0 + square($1.tensor()).sum() }
        }
        #expect(ofSingle == single.scaled(by: 2))
    }

    @Test func theNormIsAConstant() {
        let layer = Layer(weights: Tensor([3.0]), bias: Tensor([4.0]))
        let gradient = gradient(at: layer) { ($0.weights * $0.parameterNorm).sum() }
        #expect(gradient.weights == Tensor([5]))
    }

    @Test func gradientsThroughEveryKindOfMember() {
        let original: Model<Double> = gated()
        let gradient = gradient(at: original) { model in
            guard case .gated(let layer, _) = model.activation else { return Tensor(0) }
            return model.layers[0].weights.sum() + (layer.weights * layer.bias!).sum() + model.states["alpha"]!.sum()
                * 2
                + model.nested.second.first.sum() * 3 + model.maybe[1]!.sum() * 4
        }
        #expect(gradient.layers[0].weights == Tensor([[1, 1], [1, 1]]))
        #expect(gradient.layers[0].bias == Tensor([0, 0]))
        #expect(gradient.activation == .gated(Layer(weights: Tensor([21]), bias: Tensor([20])), steps: 3))
        #expect(gradient.states.mapValues(\.scalars) == ["10": [0], "9": [0], "alpha": [2], "beta": [0], "gamma": [0]])
        #expect(gradient.nested.second.first == Tensor([3]))
        #expect(gradient.maybe == [nil, Tensor([4]), nil])
    }

    @Test func throughJSON() throws {
        let original: Model<Float> = gated()
        let data = try JSONEncoder().encode(original)
        #expect(try JSONDecoder().decode(Model<Float>.self, from: data) == original)
    }

    @Test func withoutDerivativeIsConstant() {
        _ = gradient(at: gated() as Model<Double>) { model in
            #expect(model.layers[0].weights.isTracked)
            #expect(!model.withoutDerivative().layers[0].weights.isTracked)
            return model.layers[0].weights.sum()
        }
    }
}

/// What a module may hold beside its tensors.
private struct Settings<Scalar: DifferentiableScalar>: Module, Equatable {
    enum Direction: String, Codable { case forward, backward }

    var direction = Direction.backward
    var weights: Tensor<Scalar>
    var rate: Scalar
    var rates: [Scalar]
    var limit: Scalar?
    var noLimit: Scalar?
    var nested: [[Int8?]]
    var counts: [Int: UInt64]
}

@Suite struct ModuleSettingTests {
    private func settings<Scalar: DifferentiableScalar>(_ weights: Tensor<Scalar>) -> Settings<Scalar> {
        Settings(
            weights: weights, rate: 0.5, rates: [0.25, 2], limit: 8, noLimit: nil, nested: [[1, nil], []],
            counts: [2: 3, 1: .max])
    }

    @Test func theyRideAlong() {
        let original = settings(Tensor<Float>([1]))
        #expect(original.scaled(by: 2) == settings(Tensor([2])))
        #expect(original.parameters.map(\.path) == ["weights"])
    }

    @Test func thoseOfTheScalarTypeFollowIt() {
        #expect(settings(Tensor<Float>([1])).converted(to: Settings<Double>.self) == settings(Tensor([1])))
        #expect(settings(Tensor<Double>([1])).converted(to: Settings<Float>.self) == settings(Tensor([1])))
    }
}

/// A module that encodes itself by hand: with containers in containers, by way of `super`, and in another order than it
/// decodes itself.
private struct HandWritten: Module, Equatable {
    var tensors: [Tensor<Double>]

    enum CodingKeys: String, CodingKey { case list, inner, own }

    init(tensors: [Tensor<Double>]) { self.tensors = tensors }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        var list = container.nestedUnkeyedContainer(forKey: .list)
        var inner = container.nestedContainer(keyedBy: CodingKeys.self, forKey: .inner)
        try inner.encode(tensors[0], forKey: .own)
        try list.encode(tensors[1])
        try list.encodeNil()
        var listInList = list.nestedUnkeyedContainer()
        try listInList.encode(tensors[2])
        var keysInList = list.nestedContainer(keyedBy: CodingKeys.self)
        try keysInList.encode(tensors[3], forKey: .own)
        try tensors[4].encode(to: list.superEncoder())
        try tensors[5].encode(to: container.superEncoder())
        try tensors[6].encode(to: inner.superEncoder(forKey: .list))
        var again = encoder.container(keyedBy: CodingKeys.self)
        try again.encode(tensors[7], forKey: .own)
        #expect(list.count == 5)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let inner = try container.nestedContainer(keyedBy: CodingKeys.self, forKey: .inner)
        #expect(Set(container.allKeys.map(\.stringValue)) == ["list", "inner", "own"])
        #expect(inner.contains(.own) && !inner.contains(.inner))
        // From the last one to the first.
        tensors = [
            try container.decode(Tensor<Double>.self, forKey: .own),
            try Tensor(from: inner.superDecoder(forKey: .list)),
            try Tensor(from: container.superDecoder()),
        ]
        var list = try container.nestedUnkeyedContainer(forKey: .list)
        #expect(list.count == 5)
        let first = try list.decode(Tensor<Double>.self)
        #expect(try list.decodeNil() && list.currentIndex == 2)
        var listInList = try list.nestedUnkeyedContainer()
        let keysInList = try list.nestedContainer(keyedBy: CodingKeys.self)
        tensors.append(try Tensor(from: list.superDecoder()))
        #expect(list.isAtEnd && list.currentIndex == 5)
        tensors.append(try keysInList.decode(Tensor<Double>.self, forKey: .own))
        tensors.append(try listInList.decode(Tensor<Double>.self))
        tensors += [first, try inner.decode(Tensor<Double>.self, forKey: .own)]
        tensors.reverse()
        #expect(throws: DecodingError.self) { try list.decode(Tensor<Double>.self) }
    }
}

@Suite struct HandWrittenModuleTests {
    private let original = HandWritten(tensors: (0..<8).map { Tensor([Double($0)]) })

    @Test func containersMayNestInAnyWay() {
        #expect(original.scaled(by: 2) == HandWritten(tensors: (0..<8).map { Tensor([2 * Double($0)]) }))
        #expect([original, original].scaled(by: 1) == [original, original])
    }

    @Test func pathsNameTheContainers() {
        #expect(
            ["name": original].parameters.map(\.path) == [
                "name.list.0", "name.list.2.0", "name.list.3.own", "name.list.4", "name.inner.own", "name.inner.list",
                "name.super", "name.own",
            ])
        #expect(
            original.parameters.map(\.path) == [
                "inner.own", "list.0", "list.2.0", "list.3.own", "list.4", "super", "inner.list", "own",
            ])
    }
}

@Suite struct TiedTests {
    private struct Twins: Module {
        var left: Tied<Tensor<Double>>
        var right: Tied<Tensor<Double>>
        var own: Tensor<Double>
    }

    private var twins: Twins {
        let shared = Tied(Tensor([2.0, 3]))
        return Twins(left: shared, right: shared, own: Tensor([5.0, 7]))
    }

    @Test func tiedParametersCountOnce() {
        #expect(twins.parameterCount == 4)
        #expect(twins.parameters.map(\.path) == ["left.wrapped", "own"])
        #expect(Twins(left: Tied(Tensor([1])), right: Tied(Tensor([2])), own: Tensor([3])).parameterCount == 3)
    }

    @Test func theirCotangentsAddUp() {
        let gradient = gradient(at: twins) { ($0.left.wrapped * $0.own + $0.right.wrapped * $0.right.wrapped).sum() }
        #expect(gradient.left.wrapped == Tensor([9, 13]))
        #expect(gradient.right.wrapped == Tensor([9, 13]))
        #expect(gradient.own == Tensor([2, 3]))
    }

    @Test func theyStayTiedInARebuiltModel() {
        let doubled = twins.scaled(by: 2)
        #expect(doubled.right.wrapped == Tensor([4, 6]))
        #expect(doubled.parameterCount == 4)
        #expect(doubled.scaled(by: 2).right.wrapped == Tensor([8, 12]))
    }

    @Test func theyStayTiedThroughAFile() throws {
        let data = try JSONEncoder().encode(twins)
        let read = try JSONDecoder().decode(Twins.self, from: data)
        #expect(read.parameterCount == 4)
        #expect(read.right.wrapped == Tensor([2, 3]))
    }

    @Test func whatIsReadIsNotTiedToWhatIsMade() throws {
        let small = #"{"identity": 1, "wrapped": {"shape": [1], "scalars": [7]}}"#
        let read = try JSONDecoder().decode(Tied<Tensor<Double>>.self, from: Data(small.utf8))
        for _ in 0..<3 { #expect(Twins(left: read, right: Tied(Tensor([2])), own: Tensor([3])).parameterCount == 3) }
    }

    @Test func dictionariesAreTiedWhateverTheirOrder() {
        for count in [2, 5, 30] {
            let parts = (0..<count).map { ("key \($0)", Tensor([Double($0)])) }
            let first = Tied(Dictionary(uniqueKeysWithValues: parts.shuffled()))
            var second = first
            second.wrapped = Dictionary(uniqueKeysWithValues: parts.shuffled())
            let tripled = [first, second].scaled(by: 3)
            #expect(tripled.parameterCount == count)
            #expect(tripled[1].wrapped == Dictionary(uniqueKeysWithValues: parts.map { ($0, $1 * 3) }))
        }
    }

    @Test func tiesWithinTies() {
        let inner = Tied(Tensor([1.0]))
        let outer = Tied([inner, inner, Tied(Tensor([2.0]))])
        let model = Stacked(first: inner, second: Stacked(first: outer, second: [outer, outer]))
        #expect(model.parameters.map(\.path) == ["first.wrapped", "second.first.wrapped.2.wrapped"])
        let doubled = model.scaled(by: 2)
        #expect(doubled.parameterCount == 2)
        #expect(doubled.second.second[1].wrapped.map(\.wrapped) == [Tensor([2]), Tensor([2]), Tensor([4])])
    }

    @Test func membersAreReachedThroughTheWrapper() {
        #expect(Tied(Tensor<Float>([1, 2])).shape == [2])
    }
}
