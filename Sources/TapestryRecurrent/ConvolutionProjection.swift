import TapestryArrays
import TapestryAutograd
import TapestryLayers

/// Convolutions for all gates of a cell in one, over maps of any number of axes: `[batch, channels, axes…]` to
/// `[batch, gates × units, axes…]`, with zeros around the maps so that they keep their extents.
///
/// The parameters of each gate have a name, `projection.weights[.forget]`, and so has each part of the result,
/// `projection(x)[.forget]`.
public struct ConvolutionProjection<Gate: GateName, Scalar: DifferentiableScalar>: Module
where Gate.RawValue == String {
    /// W of every gate, `[channels, kernel…, gates × units]`: the gates lie side by side along the last axis, as
    /// everywhere.
    public var weights: Gated<Gate, Scalar>
    /// b of every gate, `[gates × units]`, if there is one.
    public var bias: Gated<Gate, Scalar>?

    /// Weights and bias start uniformly in ±1/√(channels × elements of the kernel).
    ///
    /// - Parameters:
    ///   - channelCount: of the input.
    ///   - unitCount: the channels of each gate.
    ///   - kernel: the extent of the kernel along each axis. Traps unless they are odd: else maps would not keep their
    ///     extents.
    ///   - bias: whether there is a b.
    public init(_ channelCount: Int, _ unitCount: Int, kernel: [Int], bias: Bool = true) {
        if channelCount < 0 || unitCount < 0 {
            trap("gates", "sizes must not be negative: \(channelCount) channels, \(unitCount) units")
        }
        if kernel.isEmpty || kernel.contains(where: { $0 < 1 || $0 % 2 == 0 }) {
            trap("gates", "the kernel \(kernel) must have an odd extent for each axis, and an axis")
        }
        let uniform = Initializer.inverseRoot(of: channelCount * kernel.reduce(1, *))
        let columns = Gate.allCases.count * unitCount
        weights = Gated(packed: uniform.tensor([channelCount] + kernel + [columns]))
        self.bias = bias ? Gated(packed: uniform.tensor([columns])) : nil
    }

    /// The number of channels of the input.
    public var channelCount: Int { weights.packed.shape[0] }
    /// The number of channels of each gate.
    public var unitCount: Int { weights.unitCount }
    /// The extent of the kernel along each axis.
    public var kernel: [Int] { Array(weights.packed.shape[1...].dropLast()) }

    /// W ∗ x + b of all gates in one convolution: `[batch, channels, axes…]` to `[batch, gates × units, axes…]`. Traps
    /// on shapes that do not fit.
    public func callAsFunction(_ x: Tensor<Scalar>) -> GatedMaps<Gate, Scalar> {
        GatedMaps(packed: convolved(x, weights.packed, bias?.packed))
    }

    /// W ∗ x + b of one gate alone: `[batch, channels, axes…]` to `[batch, units, axes…]`. Traps on shapes that do not
    /// fit.
    public func callAsFunction(_ x: Tensor<Scalar>, _ gate: Gate) -> Tensor<Scalar> {
        convolved(x, weights[gate], bias?[gate])
    }

    private func convolved(_ x: Tensor<Scalar>, _ weights: Tensor<Scalar>, _ bias: Tensor<Scalar>?) -> Tensor<Scalar> {
        let unitsFirst = weights.permuted([weights.rank - 1] + (0..<(weights.rank - 1)))
        return convolution(x, unitsFirst, bias: bias, padding: kernel.map { $0 / 2 })
    }
}

/// The pre-activations of all gates as maps, `[batch, gates × units, axes…]`, each read by its name.
public struct GatedMaps<Gate: GateName, Scalar: DifferentiableScalar> where Gate.RawValue == String {
    /// All gates, `[batch, gates × units, axes…]`.
    public let packed: Tensor<Scalar>
    private let order: GateOrder

    /// Traps unless the second axis divides evenly among the gates.
    public init(packed: Tensor<Scalar>) {
        self.packed = packed
        order = GateOrder(of: Gate.self)
        if packed.rank < 2 || order.count == 0 || packed.shape[1] % order.count != 0 {
            trap("gates", "axis 1 of \(packed.shape) does not divide into the \(order.count) gates of \(Gate.self)")
        }
    }

    /// One gate, `[batch, units, axes…]`.
    public subscript(_ gate: Gate) -> Tensor<Scalar> {
        let units = packed.shape[1] / order.count
        let start = order.position(of: gate) * units
        return packed.slice(axis: 1, start..<start + units)
    }

    /// Pre-activations from two sources added up.
    public static func + (a: GatedMaps, b: GatedMaps) -> GatedMaps { GatedMaps(packed: a.packed + b.packed) }
}

/// Traps unless the input of a convolutional cell is maps of its channels and extents, `[batch, channels, axes…]`.
func checkMaps<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>, channels: Int, size: [Int], _ cell: String) {
    if x.rank != size.count + 2 || Array(x.shape[1...]) != [channels] + size {
        trap(cell, "inputs of shape \(x.shape) are not maps [batch, channels, axes…] of \([channels] + size)")
    }
}

/// The extents of a convolutional cell's maps, and of its kernels. Traps unless all are positive, and of as many axes.
func checkExtents(_ size: [Int], _ kernels: [[Int]], _ cell: String) {
    if size.isEmpty || size.contains(where: { $0 < 1 }) || kernels.contains(where: { $0.count != size.count }) {
        trap(
            cell,
            "maps of \(size) with kernels of \(kernels.map { "\($0)" }.joined(separator: " and ")): both need a positive "
                + "extent for each axis")
    }
}
