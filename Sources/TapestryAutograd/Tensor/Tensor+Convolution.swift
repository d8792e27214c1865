import TapestryArrays

// Convolutions and pooling over any number of axes: `[batch, channels, axes…]`. They are products, sums and maxima over
// windows that slide along the axes.

/// The cross-correlation of inputs with kernels, as neural networks call it a convolution:
/// `y[n, o, p…] = b[o] + Σ w[o, c, k…] · x[n, c, p · stride + k · dilation − padding …]`.
///
/// - Parameters:
///   - x: `[batch, channels, axes…]`, with zeros around it.
///   - weights: `[outputs, channels / groups, kernel…]`, with as many kernel axes.
///   - bias: `[outputs]`, or none.
///   - stride: steps between windows, one for each axis, or one number for all.
///   - padding: zeros on either side of each axis.
///   - dilation: steps between the elements that a kernel meets.
///   - groups: channels and outputs are cut into so many groups, which do not see each other.
/// - Returns: `[batch, outputs, positions…]`, with (extent + 2 padding − dilation (kernel − 1) − 1) / stride + 1
///   positions, rounded down. Traps on shapes that do not fit.
public func convolution<Scalar: DifferentiableScalar>(
    _ x: Tensor<Scalar>, _ weights: Tensor<Scalar>, bias: Tensor<Scalar>? = nil, stride: [Int] = [1],
    padding: [Int] = [0], dilation: [Int] = [1], groups: Int = 1
) -> Tensor<Scalar> {
    let name = "convolution"
    let kernel = Sliding.Kernel(of: weights.shape)
    let sliding = Sliding(name, x.shape, kernel, stride, padding, dilation)
    let (batch, channels) = (x.shape[0], x.shape[1])
    let outputs = weights.shape[0]
    if groups < 1 || channels % groups != 0 || channels / groups != weights.shape[1] || outputs % groups != 0 {
        trap(
            name,
            """
            inputs \(x.shape) and weights \(weights.shape) do not fit in \(groups) groups: weights are \
            [outputs, channels / groups, kernel…], and groups divide both outputs and channels
            """)
    }
    let windows = sliding.windows(of: x.value)
    let positions = Array(windows.shape[2..<x.rank])
    // [groups, batch × positions, channels × kernel] · [groups, channels × kernel, outputs]
    let (rows, depth) = (batch * Layout.count(of: positions), weights.shape[1] * sliding.kernelCount)
    let grouped = windows.reshaped(to: [batch, groups, weights.shape[1]] + windows.shape[2...])
    let spatial = positions.count
    let order = [1, 0] + (3..<(3 + spatial)) + [2] + ((3 + spatial)..<(3 + 2 * spatial))
    let columns = weights.value.reshaped(to: [groups, outputs / groups, depth]).transposed
    let product = Value.matmul(grouped.permuted(order).reshaped(to: [groups, rows, depth]), columns)
    let arranged = product.reshaped(to: [groups, batch] + positions + [outputs / groups])
        .permuted([1, 0, 2 + spatial] + (2..<(2 + spatial)))
    let result = Tensor<Scalar>(arranged.reshaped(to: [batch, outputs] + positions))
    return bias.map { result + sliding.channelwise($0, outputs) } ?? result
}

/// The transpose of a convolution, which takes its outputs' shape back to its inputs':
/// `y[n, o, p · stride + k · dilation − padding …] += Σ w[c, o, k…] · x[n, c, p…]`.
///
/// - Parameters:
///   - x: `[batch, channels, axes…]`.
///   - weights: `[channels, outputs / groups, kernel…]`.
///   - bias: `[outputs]`, or none.
///   - stride: of the convolution, one for each axis, or one number for all: here the steps between the places of
///     outputs.
///   - padding: of the convolution: so many positions are left out on either side of each axis.
///   - outputPadding: so many more positions at the end of each axis, where several extents of the convolution's input
///     lead to this one.
///   - dilation: steps between the elements of a kernel.
///   - groups: channels and outputs are cut into so many groups, which do not see each other.
/// - Returns: `[batch, outputs, positions…]`, with (extent − 1) stride − 2 padding + dilation (kernel − 1) + 1 +
///   outputPadding positions. The other parameters are those of `convolution`. Traps on shapes that do not fit.
public func transposedConvolution<Scalar: DifferentiableScalar>(
    _ x: Tensor<Scalar>, _ weights: Tensor<Scalar>, bias: Tensor<Scalar>? = nil, stride: [Int] = [1],
    padding: [Int] = [0], outputPadding: [Int] = [0], dilation: [Int] = [1], groups: Int = 1
) -> Tensor<Scalar> {
    let name = "transposedConvolution"
    let kernel = Sliding.Kernel(of: weights.shape)
    let sliding = Sliding(name, x.shape, kernel, stride, padding, dilation)
    let spatial = x.rank - 2
    let extra = sliding.forEachAxis(outputPadding, "outputPadding", least: 0)
    let (batch, channels) = (x.shape[0], x.shape[1])
    if groups < 1 || channels != weights.shape[0] || channels % groups != 0 {
        trap(
            name,
            """
            inputs \(x.shape) and weights \(weights.shape) do not fit in \(groups) groups: weights are \
            [channels, outputs / groups, kernel…], and groups divide the channels
            """)
    }
    if x.shape[2...].contains(0) { trap(name, "inputs \(x.shape) have an axis without a position") }
    let outputs = weights.shape[1] * groups
    // [groups, batch × positions, channels] · [groups, channels, outputs × kernel]
    let positions = Array(x.shape[2...])
    let rows = batch * Layout.count(of: positions)
    let grouped = x.value.reshaped(to: [batch, groups, channels / groups] + positions)
    let order = [1, 0] + (3..<(3 + spatial)) + [2]
    let columns = weights.value.reshaped(
        to: [groups, channels / groups, weights.shape[1] * sliding.kernelCount])
    let product = Value.matmul(grouped.permuted(order).reshaped(to: [groups, rows, channels / groups]), columns)
    let windows = product.reshaped(to: [groups, batch] + positions + [weights.shape[1]] + sliding.kernel)
        .permuted([1, 0, 2 + spatial] + (2..<(2 + spatial)) + ((3 + spatial)..<(3 + 2 * spatial)))
        .reshaped(to: [batch, outputs] + positions + sliding.kernel)
    var whole = [batch, outputs]
    for axis in 0..<spatial {
        let reach = sliding.dilation[axis] * (sliding.kernel[axis] - 1) + 1
        whole.append((positions[axis] - 1) * sliding.stride[axis] + reach)
    }
    var result = Value.overlapAdded(windows, WindowsAttributes(sliding.axes, over: whole))
    for axis in 0..<spatial {
        let (padding, own) = (sliding.padding[axis], AxisSlice(axis: axis + 2, start: 0, count: whole[axis + 2]))
        whole[axis + 2] += extra[axis]
        if extra[axis] > 0 {
            result = result.embedded(
                in: own, of: result.shape[..<(axis + 2)] + [whole[axis + 2]] + result.shape[(axis + 3)...])
        }
        let extent = whole[axis + 2] - 2 * padding
        if extent < 0 { trap(name, "padding \(sliding.padding) leaves nothing of \(whole)") }
        result = result.sliced(AxisSlice(axis: axis + 2, start: padding, count: extent))
    }
    return bias.map { Tensor(result) + sliding.channelwise($0, outputs) } ?? Tensor(result)
}

/// The largest element of each window: `[batch, channels, axes…]` to `[batch, channels, positions…]`. Elements that tie
/// share the cotangent equally. What lies outside is −inf.
///
/// - Parameters:
///   - x: `[batch, channels, axes…]`.
///   - window: its extent along each of the axes.
///   - stride: steps between windows, one for each axis, or one number for all; by default the window's own size.
///   - padding: elements of −inf on either side of each axis.
///   - dilation: steps between the elements of a window.
public func maxPooled<Scalar: DifferentiableScalar>(
    _ x: Tensor<Scalar>, window: [Int], stride: [Int]? = nil, padding: [Int] = [0], dilation: [Int] = [1]
) -> Tensor<Scalar> {
    let kernel = Sliding.Kernel(window: window, rank: x.rank)
    let sliding = Sliding("maxPooled", x.shape, kernel, stride ?? window, padding, dilation)
    let windows = sliding.windows(of: x.value, filling: -.infinity)
    return Tensor(windows.max(over: Array(x.rank..<windows.rank), keepingAxes: false))
}

/// The mean of each window: `[batch, channels, axes…]` to `[batch, channels, positions…]`.
///
/// - Parameters:
///   - x: `[batch, channels, axes…]`.
///   - window: its extent along each of the axes.
///   - stride: steps between windows, one for each axis, or one number for all; by default the window's own size.
///   - padding: zeros on either side of each axis.
///   - countsPadding: whether the zeros around the input count as elements. If not, a window of nothing else has the
///     mean 0.
public func averagePooled<Scalar: DifferentiableScalar>(
    _ x: Tensor<Scalar>, window: [Int], stride: [Int]? = nil, padding: [Int] = [0], countsPadding: Bool = true
) -> Tensor<Scalar> {
    let kernel = Sliding.Kernel(window: window, rank: x.rank)
    let sliding = Sliding("averagePooled", x.shape, kernel, stride ?? window, padding, [1])
    func sums(_ x: Value) -> Value {
        let windows = sliding.windows(of: x)
        return windows.sum(over: Array(x.rank..<windows.rank), keepingAxes: false)
    }
    let sum = sums(x.value)
    if countsPadding { return Tensor(sum / Double(sliding.kernelCount)) }
    let ones = Value(NDArray(repeating: 1, shape: [1, 1] + x.shape[2...], x.value.elementType))
    let counts = sums(ones)
    return Tensor(sum / .maximum(counts, counts.scalar(1)))
}

/// Windows over all axes but the first two, with what is around the input.
private struct Sliding {
    let name: String
    let kernel: [Int]
    private let kernelName: String
    private(set) var stride: [Int] = []
    private(set) var padding: [Int] = []
    private(set) var dilation: [Int] = []

    /// What slides, and what messages call it.
    struct Kernel {
        let extents: [Int]
        let name: String
        /// Where its extents come from.
        let source: String

        /// The kernel of a convolution's weights, whose first two axes are channels.
        init(of weights: [Int]) {
            (extents, name, source) = (Array(weights.dropFirst(2)), "kernel", "the kernel in weights \(weights)")
        }

        /// The window of a pooling over all axes but the first two.
        init(window: [Int], rank: Int) {
            (extents, name, source) = (Sliding.spread(window, Swift.max(rank - 2, 1)), "window", "the window \(window)")
        }
    }

    init(_ name: String, _ shape: [Int], _ kernel: Kernel, _ stride: [Int], _ padding: [Int], _ dilation: [Int]) {
        self.name = name
        self.kernel = kernel.extents
        kernelName = kernel.name
        if shape.count < 3 || shape.count != kernel.extents.count + 2 {
            trap(name, "inputs \(shape) are not [batch, channels, axes…] with as many axes as \(kernel.source)")
        }
        if !kernel.extents.allSatisfy({ 1...Sliding.most ~= $0 }) {
            trap(
                name, "a \(kernel.name) of \(kernel.extents) has not from 1 to \(Sliding.most) elements along each axis"
            )
        }
        self.stride = forEachAxis(stride, "stride", least: 1)
        self.padding = forEachAxis(padding, "padding", least: 0)
        self.dilation = forEachAxis(dilation, "dilation", least: 1)
    }

    /// Far more than any axis has positions, and so little that products do not overflow.
    private static let most = 1 << 24

    /// A setting for each axis, where one number stands for all.
    static func spread(_ numbers: [Int], _ count: Int) -> [Int] {
        numbers.count == 1 ? Array(repeating: numbers[0], count: count) : numbers
    }

    func forEachAxis(_ numbers: [Int], _ what: String, least: Int) -> [Int] {
        let spread = Sliding.spread(numbers, kernel.count)
        if spread.count != kernel.count || !spread.allSatisfy({ least...Sliding.most ~= $0 }) {
            trap(
                name,
                "\(what) \(numbers) is not a number from \(least) to \(Sliding.most) for each of \(kernel.count) axes")
        }
        return spread
    }

    var kernelCount: Int { Layout.count(of: kernel) }

    var axes: [WindowAxis] {
        kernel.indices.map { WindowAxis(axis: $0 + 2, size: kernel[$0], step: stride[$0], dilation: dilation[$0]) }
    }

    /// The windows of x, with a number around it.
    func windows(of x: Value, filling number: Double = 0) -> Value {
        var padded = x
        for axis in kernel.indices where padding[axis] > 0 {
            let extent = padded.shape[axis + 2]
            var shape = padded.shape
            shape[axis + 2] += 2 * padding[axis]
            let inside = AxisSlice(axis: axis + 2, start: padding[axis], count: extent)
            padded = padded.embedded(in: inside, of: shape)
            if number != 0 {
                var places = shape.map { _ in 1 }
                places[axis + 2] = shape[axis + 2]
                let isInside = NDArray(repeating: 0, shape: places, .bool)
                isInside.sliced(inside).assign(NDArray(scalar: 1, .bool))
                padded = .select(Value(isInside), padded, padded.scalar(number))
            }
        }
        for axis in kernel.indices where padded.shape[axis + 2] < dilation[axis] * (kernel[axis] - 1) + 1 {
            trap(name, "a \(kernelName) of \(kernel) with dilation \(dilation) does not fit into \(padded.shape)")
        }
        return padded.windows(axes)
    }

    /// A number for each channel.
    func channelwise<Scalar: DifferentiableScalar>(_ bias: Tensor<Scalar>, _ channels: Int) -> Tensor<Scalar> {
        if bias.shape != [channels] { trap(name, "a bias of shape \(bias.shape) for \(channels) outputs") }
        return bias.reshaped(to: [channels] + kernel.map { _ in 1 })
    }
}
