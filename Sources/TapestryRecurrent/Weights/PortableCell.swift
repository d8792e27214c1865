import TapestryAutograd
import TapestryLayers

/// A cell that other frameworks have, too, so that its weights can come from there and go there.
///
/// A cell of your own with the gates of an LSTM or a GRU needs no more than this, and the layers over it nothing:
///
/// ```swift
/// extension MyLSTMCell: PortableCell {
///     var portableWeights: PortableWeights<Scalar> {
///         get { PortableWeights(.lstm, input, recurrent) }
///         set { newValue.store(in: &input, &recurrent) }
///     }
/// }
/// ```
public protocol PortableCell<Scalar>: RecurrentCell, PortableModule {
    /// The parameters; what is set has the same ones in the same shapes.
    var portableWeights: PortableWeights<Scalar> { get set }
}

extension PortableCell {
    /// Peepholes, a projection, and a GRU whose reset acts before the product are not in every framework.
    public func counterpartMissing(in layout: WeightLayout) -> String? {
        portableWeights.counterpartMissing(in: layout)
    }

    /// Takes the parameters of one cell of another framework. The cell decides what it needs; it stays as it is if an
    /// array is missing, not expected, or of another shape than the cell's.
    ///
    /// - Parameters:
    ///   - arrays: by the names that `WeightLayout` lists. Those whose names don't begin with `prefix` are left alone.
    ///   - layout: whose arrays they are. Traps if that framework has no such cell.
    ///   - prefix: what stands in front of the names, its last dot or slash included.
    public mutating func load(
        _ arrays: [String: Tensor<Scalar>], from layout: WeightLayout, prefix: String = ""
    ) throws(WeightConversionError) {
        let conversion = WeightConversion<Scalar>(layout: layout, prefix: prefix, isCell: true)
        try check(arrays, from: layout, prefix: prefix)
        portableWeights = conversion.reading(arrays, into: [[portableWeights]])[0][0]
    }

    /// The parameters as another framework has them; the inverse of `load`. Traps if that framework has no such cell.
    public func arrays(for layout: WeightLayout, prefix: String = "") -> [String: Tensor<Scalar>] {
        WeightConversion(layout: layout, prefix: prefix, isCell: true).arrays(of: [[portableWeights]])
    }
}

// MARK: Cells

extension RNNCell: PortableCell {
    /// W, U and b; φ is no array.
    public var portableWeights: PortableWeights<Scalar> {
        get { PortableWeights(.rnn, input, recurrent) }
        set { newValue.store(in: &input, &recurrent) }
    }
}

extension LSTMCell: PortableCell {
    /// Every W, U and b; activations are no arrays.
    public var portableWeights: PortableWeights<Scalar> {
        get { PortableWeights(.lstm, input, recurrent) }
        set { newValue.store(in: &input, &recurrent) }
    }
}

extension PeepholeLSTMCell: PortableCell {
    /// Every W, U, b and p.
    public var portableWeights: PortableWeights<Scalar> {
        get {
            var weights = PortableWeights(.lstm, input, recurrent)
            weights.peepholes = concatenate([inputPeephole, outputPeephole, forgetPeephole])
            return weights
        }
        set {
            newValue.store(in: &input, &recurrent)
            let peepholes = newValue.peepholes!.split(count: 3)
            (inputPeephole, outputPeephole, forgetPeephole) = (peepholes[0], peepholes[1], peepholes[2])
        }
    }
}

extension ProjectedLSTMCell: PortableCell {
    /// Every W, U and b, and P.
    public var portableWeights: PortableWeights<Scalar> {
        get {
            var weights = PortableWeights(.lstm, input, recurrent)
            weights.projection = projection
            return weights
        }
        set {
            newValue.store(in: &input, &recurrent)
            projection = newValue.projection!
        }
    }
}

extension GRUCell: PortableCell {
    /// Every W, U and b. The second bias is b_u where the reset acts after the product, with zeros for the other gates.
    public var portableWeights: PortableWeights<Scalar> {
        get {
            var weights = PortableWeights(.gru(reset), input, recurrent)
            if reset == .afterProduct, let candidateBias {
                var second = recurrent.bias ?? Gated(packed: .zeros([GRUGate.allCases.count * recurrent.unitCount]))
                second[.candidate] += candidateBias
                weights.recurrentBias = second.packed
            }
            return weights
        }
        set {
            let hasBothBiases = recurrent.bias != nil
            newValue.store(in: &input, &recurrent)
            guard reset == .afterProduct, !hasBothBiases, let second = recurrent.bias else {
                candidateBias = recurrent.bias == nil ? nil : candidateBias.map { .zeros($0.shape) }
                return
            }
            var first = input.bias ?? Gated(packed: .zeros(second.packed.shape))
            first[.reset] += second[.reset]
            first[.update] += second[.update]
            input.bias = first
            candidateBias = second[.candidate]
            recurrent.bias = nil
        }
    }
}

// MARK: Wrappers

/// A cell around another one that has no parameters of its own, so that those of other frameworks are the inner cell's.
/// A wrapper of yours joins in with one line:
///
/// ```swift
/// extension MyDropout: CellWrapper, PortableCell, PortableModule where Cell: PortableCell {}
/// ```
public protocol CellWrapper<Cell> {
    /// The type of the cell inside.
    associatedtype Cell
    /// The cell inside.
    var cell: Cell { get set }
}

extension PortableCell where Self: CellWrapper, Cell: PortableCell, Cell.Scalar == Scalar {
    /// Those of the cell inside.
    public var portableWeights: PortableWeights<Scalar> {
        get { cell.portableWeights }
        set { cell.portableWeights = newValue }
    }
}

extension DropConnect: CellWrapper, PortableCell, PortableModule where Cell: PortableCell {}
extension RecurrentDropout: CellWrapper, PortableCell, PortableModule where Cell: PortableCell {}
extension VariationalDropout: CellWrapper, PortableCell, PortableModule where Cell: PortableCell {}
extension Zoneout: CellWrapper, PortableCell, PortableModule where Cell: PortableCell {}

// MARK: Cells of one's own

/// In a cell that other frameworks lack, a projection is what a linear layer of all gates side by side is there, in the
/// order of the gates' cases: `nn.Linear(input, gates * units)` in PyTorch, `Dense` in Keras and Flax.
extension GateProjection: PortableByName {
    /// W and b, if there is one.
    public var portableArrays: [PortableArray<GateProjection>] {
        PortableArray.linear(\.weights.packed, bias == nil ? nil : \.bias!.packed)
    }
}
