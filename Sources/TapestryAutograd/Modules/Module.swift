import CTapestryKernels
import TapestryArrays

/// A tree of tensors: a layer, a model, a state, a batch, or a single tensor.
///
/// A module is a plain struct whose stored properties are tensors, modules, arrays, dictionaries, optionals, enums and
/// settings. The `Codable` conformance that the compiler writes for it *is* the walk over the tree, so a type that
/// conforms gets named parameters, gradients of its own type, optimiser states, conversion and freezing without another
/// line:
///
/// ```swift
/// struct Classifier<Scalar: DifferentiableScalar>: Module {
///     var hidden: Linear<Scalar>
///     var output: Linear<Scalar>
/// }
/// ```
///
/// Floating-point tensors are the parameters; integer and Boolean tensors, numbers, strings and the like ride along
/// unchanged. A `let` property with an initial value is encoded but not decoded by the compiler's conformance: give
/// settings their values in the initialiser. Tuples, closures and existentials don't conform; `Sequential` has one of
/// its own.
public protocol Module: Codable, Sendable {}

/// A module that is one tensor whose last axis is cut into blocks of equal extent with a name each, such as the gates
/// of a cell. It encodes itself by `Tensor.encode(to:blocks:)`, and reports then tell its blocks apart.
public protocol NamedBlocks: Module {
    /// The names, in the order of the blocks.
    static var blockNames: [String] { get }
}

extension Tensor: Module {}
extension Array: Module where Element: Module {}
extension Optional: Module where Wrapped: Module {}
extension Dictionary: Module where Key == String, Value: Module {}

/// A module without any tensor: the state of a cell that has none, for instance.
public struct EmptyModule: Module, Equatable {
    /// The only value there is.
    public init() {}
}

/// One parameter of a module, with its name: the path of property names and positions, `encoder.cells.0.weights`.
public struct NamedParameter: Sendable, CustomStringConvertible {
    /// Property names and positions from the module down, joined by dots; empty if the module is the parameter itself.
    public let path: String
    /// The extent of each axis.
    public let shape: [Int]
    let value: Value

    /// The path and the shape: `encoder.weights [8, 16]`.
    public var description: String { "\(path) \(shape)" }
    let blocks: (any NamedBlocks.Type)?

    /// The names of the equal blocks that the last axis is cut into, `["forget", "input", …]`; empty if it is one.
    public var blockNames: [String] { blocks?.blockNames ?? [] }

    /// The parameter as a tensor, converted if the scalar type differs. Differentiable, so that a penalty can be
    /// written over all parameters:
    ///
    /// ```swift
    /// let penalty = model.parameters.reduce(Tensor<Float>(0)) { $0 + square($1.tensor()).sum() }
    /// ```
    public func tensor<Scalar: TensorScalar>(as type: Scalar.Type = Scalar.self) -> Tensor<Scalar> {
        Tensor(value.converted(to: Scalar.elementType))
    }
}

extension Module {
    /// The parameters with their paths, in the order of the properties; tied ones once.
    public var parameters: [NamedParameter] {
        ModuleTree(of: self).leaves.filter(\.isParameter).map {
            NamedParameter(path: $0.path, shape: $0.value.shape, value: $0.value, blocks: $0.blocks)
        }
    }

    /// The number of scalars in all parameters.
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.reduce(1, *) } }

    /// The same module in another scalar type, parameter by parameter: train in `Float`, check in `Double`.
    /// Differentiable. The target is this module's type with another scalar:
    ///
    /// ```swift
    /// let exact = model.converted(to: Classifier<Double>.self)
    /// ```
    public func converted<Target: Module>(to type: Target.Type = Target.self) -> Target {
        ModuleTree(of: self).module(as: type)
    }

    /// The same module without any derivative: its tensors are constants.
    public func withoutDerivative() -> Self { mapValues { $0.cut } }

    /// A module of the same structure whose parameters are all zero.
    public var zerosLike: Self { mapValues { Value(NDArray(repeating: 0, layout: $0.layout, $0.elementType)) } }

    /// The Euclidean norm of all parameters together, √Σ p². A number, and so a constant: derivatives are not taken
    /// through it: a penalty that has a derivative is a sum over `parameters`, or `norm()` of a tensor.
    public var parameterNorm: Double {
        let arrays = ModuleTree(of: self).leaves.lazy.filter(\.isParameter).map { leaf in
            leaf.value.readable(in: "parameterNorm")
        }
        let norm = arrays.reduce(0) { $0 + $1.sumOfSquares }.squareRoot()
        if 0x1p-450 < norm, norm < 0x1p510 { return norm }
        // The squares of such numbers are beyond others, or have not all their digits.
        let norms = arrays.map { array in
            array.converted(to: .float64).norm(over: Array(0..<array.rank), keepingAxes: false).scalar(as: Double.self)
        }
        return Tensor<Double>(Array(norms)).norm().scalar
    }

    /// Every parameter multiplied by a number.
    public func scaled(by factor: Double) -> Self { mapValues { $0 * factor } }

    /// Every parameter p moved along that of another module, which is usually a gradient: p + α d. Differentiable by
    /// all three, in every mode, also inside of `vmap`: the step of an inner loop, as meta-learning has it.
    ///
    /// ```swift
    /// let slopes = gradient(at: model) { outer in
    ///     let inner = gradient(at: outer) { loss($0, support) }
    ///     return loss(outer.moved(along: inner, by: -0.1), query)
    /// }
    /// ```
    ///
    /// Traps unless both modules have the same tensors in the same shapes.
    ///
    /// - Parameters:
    ///   - direction: d.
    ///   - step: α; negative for a descent.
    public func moved(along direction: Self, by step: Double) -> Self {
        zipped(direction, "moved") { $0 + $1 * step }
    }

    /// Every parameter p moved along that of another module: p + α d, where the step α of shape `[]` may have a
    /// derivative itself, as a learned one does. Traps unless the step is one number and both modules have the same
    /// tensors in the same shapes.
    public func moved<Scalar: DifferentiableScalar>(along direction: Self, by step: Tensor<Scalar>) -> Self {
        if !step.shape.isEmpty { trap("moved", "the step of shape \(step.shape) is not one number, of shape []") }
        return zipped(direction, "moved") { $0 + $1 * step.value.converted(to: $0.elementType) }
    }

    /// Applies `transform` to each parameter and that of another module in its place, for an operation that is named in
    /// messages.
    private func zipped(_ other: Self, _ operation: String, _ transform: (Value, Value) -> Value) -> Self {
        var tree = ModuleTree(of: self)
        let others = ModuleTree(of: other).leaves
        if others.count != tree.leaves.count {
            trap(operation, "the direction has \(others.count) tensors and the module \(tree.leaves.count)")
        }
        for index in tree.leaves.indices where tree.leaves[index].isParameter {
            let (leaf, other) = (tree.leaves[index], others[index].value)
            if leaf.value.shape != other.shape {
                let path = leaf.path.isEmpty ? "the tensor" : leaf.path
                trap(operation, "\(path) has shape \(leaf.value.shape) and the direction's \(other.shape)")
            }
            tree.leaves[index].value = transform(leaf.value, other)
        }
        return tree.module()
    }

    /// Applies `transform` to each parameter.
    package func mapValues(_ transform: (Value) -> Value) -> Self {
        mapLeaves { transform($0.value) }
    }

    /// Applies `transform` to each parameter with its path.
    package func mapLeaves(_ transform: (ModuleTree.Leaf) -> Value) -> Self {
        var tree = ModuleTree(of: self)
        for index in tree.leaves.indices where tree.leaves[index].isParameter {
            tree.leaves[index].value = transform(tree.leaves[index])
        }
        return tree.module()
    }
}

extension NDArray {
    /// Σ x² as if in double. The sum in the elements' own type is taken where it is as good as that; only where squares
    /// leave the range of normal floats are the elements converted first.
    package var sumOfSquares: Double {
        let sum = reduced(TAPESTRY_SUM_OF_SQUARES, over: Array(0..<rank), keepingAxes: false)
            .converted(to: .float64).scalar(as: Double.self)
        // A square below the least normal float is off by less than the last place of that one, so beside a sum of
        // this size all of them together do not count.
        let isInRange = sum.isFinite && sum >= Double(count) * Double(Float.leastNormalMagnitude)
        return elementType != .float32 || isInRange ? sum : converted(to: .float64).sumOfSquares
    }
}
