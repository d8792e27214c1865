import CTapestryKernels
import TapestryArrays

/// The one walk over a tape that turns cotangents of results into cotangents of inputs: from the last record to the
/// first, each record's rule called once, and each record dropped as the walk passes it (unless it is to be walked
/// again). It neither recurses nor allocates by record.
struct Walk: ~Copyable {
    /// Its caller holds the tape.
    private let tape: UnsafeMutablePointer<TapeMemory>
    /// The tape's memory, which moves only when something is recorded during the walk.
    private var records: UnsafeMutablePointer<TapeMemory.Record>
    private var operands: UnsafeMutablePointer<Int32>
    private let keepsRecords: Bool
    private var sums: Stack<CotangentSum>
    private var wanted: [Int: Value?] = [:]
    private var isWanted: [Bool]
    private var fetchAhead = FetchAhead()

    /// - Parameters:
    ///   - seeds: cotangents of results; nodes may repeat.
    ///   - wanted: the nodes whose cotangents are the answer.
    static func cotangents(
        on tape: Tape, seeds: [(node: Int, cotangent: Value)], wanted: [Int], keepingRecords: Bool
    ) -> [Value?] {
        var walk = Walk(tape: tape.memory, keepsRecords: keepingRecords, wantedCount: wanted.count)
        for node in wanted {
            walk.wanted[node] = .some(nil)
            walk.isWanted[node] = true
        }
        for (node, cotangent) in seeds { walk.sums.pointer[node].add(cotangent) }
        walk.run()
        return wanted.map { walk.wanted[$0]! }
    }

    private init(tape: UnsafeMutablePointer<TapeMemory>, keepsRecords: Bool, wantedCount: Int) {
        self.tape = tape
        records = tape.pointee.records.pointer
        operands = tape.pointee.operands.pointer
        self.keepsRecords = keepsRecords
        sums = Stack(capacity: max(tape.pointee.records.count, 1))
        for _ in 0..<tape.pointee.records.count { sums.append(CotangentSum()) }
        isWanted = Array(repeating: false, count: tape.pointee.records.count)
        self.wanted.reserveCapacity(wantedCount)
    }

    private mutating func run() {
        let firstWanted = wanted.keys.min() ?? tape.pointee.records.count
        ProfileRecorder.current?.noteKept(on: tape.pointee.reference)
        pass(0..<tape.pointee.records.count, visitingFrom: firstWanted, keepingRecords: keepsRecords)
        tape.pointee.transposes.forgetAll()
        if fetchAhead != nil { tapestry_forget_fetches() }
    }

    /// Goes over records from the last to the first.
    private mutating func pass(_ range: Range<Int>, visitingFrom first: Int, keepingRecords: Bool) {
        if let recorder = ProfileRecorder.current {
            pass(range, visitingFrom: first, keepingRecords: keepingRecords, measuredBy: recorder)
        } else {
            pass(range, visitingFrom: first, keepingRecords: keepingRecords, measuredBy: nil)
        }
    }

    /// Two loops for the compiler, so that the one without a recorder does not ask for it.
    @inline(__always)
    private mutating func pass(
        _ range: Range<Int>, visitingFrom first: Int, keepingRecords: Bool, measuredBy recorder: ProfileRecorder?
    ) {
        for index in stride(from: range.upperBound - 1, through: range.lowerBound, by: -1) {
            if index >= first {
                if let recorder { visit(index, measuredBy: recorder) } else { visit(index) }
            }
            if !keepingRecords { tape.pointee.dropLast() }
            leave(index)
        }
    }

    /// Drops what the walk has of a record that it has passed.
    @inline(__always)
    private mutating func leave(_ index: Int) {
        tape.pointee.transposes.forget(Int32(truncatingIfNeeded: index))
        // Most sums are spent, and there is nothing to release in them.
        sums.pointer[index].isSpent ? sums.forgetLast() : sums.dropLast()
    }

    /// Takes the cotangent of a record's result, if there is one, through the record's rules.
    @inline(__always)
    private mutating func visit(_ index: Int) {
        let sum = sums.pointer + index
        let record = RecordView(tape: tape, index: index, isPlaced: sum.pointee.isPlaced)
        let primitive = Primitive[records[index].primitive]
        if records[index].primitive == .checkpoint { return recompute(index) }
        if primitive.pointee.isUnaryKernel, !isWanted[index], let (g, factor) = sum.pointee.takeProduct() {
            return propagate(product: g, factor, from: record, primitive)
        }
        if let g = sum.pointee.takeArray() {
            if isWanted[index] { wanted[index] = Value(g) }
            propagate(g, from: record, primitive)
        } else if let g = sum.pointee.takeTracked() {
            if isWanted[index] { wanted[index] = g }
            propagate(tracked: g, from: record, primitive)
        }
    }

    /// The same as an entry of a profile, if there is a cotangent; a checkpoint has those of its results.
    private mutating func visit(_ index: Int, measuredBy recorder: ProfileRecorder) {
        let id = records[index].primitive
        if sums.pointer[index].isEmpty, id != .checkpoint { return }
        let entry = recorder.beginRule(id, of: index, on: tape.pointee.reference)
        visit(index)
        recorder.endRule(entry)
    }

    // MARK: Checkpoints

    /// Keeps the cotangent of a checkpoint's result until the walk reaches the checkpoint.
    private func keep(_ g: Value, of record: RecordView) {
        let checkpoint = Int(operands[Int(records[record.index].firstOperand)])
        let number = record.attributes(CheckpointedAttributes.self).number
        CheckpointAttributes.of(records[checkpoint].attributes).keep(g, ofResult: number)
    }

    /// Records a checkpoint's function again, at the end of the tape, and walks back over these records, whose
    /// operands from before have their sums in this walk.
    private mutating func recompute(_ checkpoint: Int) {
        let attributes = CheckpointAttributes.of(records[checkpoint].attributes)
        if attributes.cotangents.isEmpty { return }
        let begin = tape.pointee.records.count
        let results = tape.pointee.reference.recording { attributes.results() }
        let end = tape.pointee.records.count
        (records, operands) = (tape.pointee.records.pointer, tape.pointee.operands.pointer)
        // Where records are kept, the sums of those that the walk has passed are there again, empty.
        let sumCount = sums.count
        while sums.count < end { sums.append(CotangentSum()) }
        while isWanted.count < end { isWanted.append(false) }
        for (result, cotangent) in results where result.tape == tape.pointee.reference {
            sums.pointer[result.node].add(cotangent)
        }
        pass(begin..<end, visitingFrom: begin, keepingRecords: false)
        while sums.count > sumCount { sums.dropLast() }
    }

    // MARK: Cotangents that nothing tracks

    @inline(__always)
    private mutating func propagate(
        _ g: consuming NDArray, from record: RecordView, _ primitive: UnsafePointer<Primitive>
    ) {
        switch primitive.pointee.reverse {
        case .none: break
        case .rules:
            let (first, second, addend) = trackedOperands(of: record)
            // The last one may use up the cotangent's buffer.
            if let addend {
                if let first { contribute(copy g, to: first, record, primitive, 0) }
                if let second { contribute(copy g, to: second, record, primitive, 1) }
                sums.pointer[addend].add(g)
            } else if let second {
                if let first { contribute(copy g, to: first, record, primitive, 0) }
                contribute(g, to: second, record, primitive, 1)
            } else if let first {
                contribute(g, to: first, record, primitive, 0)
            }
        case .accumulation: accumulate(Value(g), from: record, primitive)
        case .recomputation: keep(Value(g), of: record)
        }
    }

    /// Adds what the rule of an operand makes of g to the operand's sum.
    @inline(__always)
    private mutating func contribute(
        _ g: consuming NDArray, to node: Int, _ record: RecordView, _ primitive: UnsafePointer<Primitive>,
        _ operand: Int
    ) {
        let kernel = operand == 0 ? primitive.pointee.firstRule.kernel : primitive.pointee.secondRule.kernel
        let reads = operand == 0 ? primitive.pointee.firstRule.reads : primitive.pointee.secondRule.reads
        if primitive.pointee.isBroadcasting, record.hasAttributes {
            let layout = record.broadcastOperand(operand)
            let isIdentity =
                operand == 0 ? primitive.pointee.firstRule.isIdentity : primitive.pointee.secondRule.isIdentity
            let saved = kernel == nil ? nil : record.untrackedArray(reads)
            if sums.pointer[node].add(kernel, g, saved, isIdentity: isIdentity, broadcastFrom: layout) { return }
            return contribute(tracked: Value(g), to: node, record, primitive, operand)
        }
        guard let kernel, let saved = record.untrackedArray(reads) else {
            return contribute(tracked: Value(g), to: node, record, primitive, operand)
        }
        if let place = slice(of: record, primitive) {
            if let whole = sums.pointer[node].reserve(place, g.elementType) {
                NDArray.binary(kernel, "gradient", g, saved, into: place.part(of: whole))
            } else {
                addSlice(.binary(kernel, "gradient", g, saved), at: place, of: node)
            }
        } else {
            offerRoom(to: node, g.elementType)
            sums.pointer[node].add(kernel, g, saved)
        }
    }

    /// Takes a cotangent that is a product yet to be computed through a rule of one operand, both in one pass.
    private mutating func propagate(
        product g: consuming NDArray, _ factor: consuming NDArray, from record: RecordView,
        _ primitive: UnsafePointer<Primitive>
    ) {
        guard let kernel = primitive.pointee.firstRule.kernel,
            let saved = record.untrackedArray(primitive.pointee.firstRule.reads)
        else { return propagate(.binary(TAPESTRY_MULTIPLY, "gradient", g, factor), from: record, primitive) }
        let node = Int(operands[Int(records[record.index].firstOperand)])
        if let place = slice(of: record, primitive) {
            let whole = sums.pointer[node].reserve(place, g.elementType)
            if let whole, whole.setPartToRule(place.contiguousPart, kernel, ofProduct: g, factor, saved) { return }
            let product = NDArray.binary(TAPESTRY_MULTIPLY, "gradient", g, factor)
            if let whole {
                NDArray.binary(kernel, "gradient", product, saved, into: place.part(of: whole))
            } else {
                addSlice(.binary(kernel, "gradient", product, saved), at: place, of: node)
            }
        } else {
            offerRoom(to: node, g.elementType)
            sums.pointer[node].add(kernel, product: g, factor, saved)
        }
    }

    // MARK: Operations on slices

    /// The slice that the operand of a unary record is, if the record took one over.
    @inline(__always)
    private func slice(of record: RecordView, _ primitive: UnsafePointer<Primitive>) -> SliceAttributes? {
        guard primitive.pointee.takesSlices, let attributes = records[record.index].attributes,
            type(of: attributes) == SliceAttributes.self
        else { return nil }
        return unsafeDowncast(attributes, to: SliceAttributes.self)
    }

    /// Adds the cotangent of a slice whose room others have reached.
    private mutating func addSlice(_ g: consuming NDArray, at place: SliceAttributes, of node: Int) {
        sums.pointer[node].addSlice(Value(g), at: place, isPlaced: false)
    }

    // MARK: Any cotangents

    private mutating func propagate(
        tracked g: Value, from record: RecordView, _ primitive: UnsafePointer<Primitive>
    ) {
        switch primitive.pointee.reverse {
        case .none: break
        case .rules:
            let (first, second, addend) = trackedOperands(of: record)
            if let first { contribute(tracked: g, to: first, record, primitive, 0) }
            if let second { contribute(tracked: g, to: second, record, primitive, 1) }
            if let addend { sums.pointer[addend].add(g) }
        case .accumulation: accumulate(g, from: record, primitive)
        case .recomputation: keep(g, of: record)
        }
    }

    private mutating func contribute(
        tracked g: consuming Value, to node: Int, _ record: RecordView, _ primitive: UnsafePointer<Primitive>,
        _ operand: Int
    ) {
        let formula = operand == 0 ? primitive.pointee.firstRule.formula : primitive.pointee.secondRule.formula
        let contribution = formula(g, record)
        // Undoes the broadcasting of the operand.
        if let place = slice(of: record, primitive) {
            sums.pointer[node].addSlice(contribution, at: place, isPlaced: false)
        } else if primitive.pointee.isBroadcasting, record.hasAttributes {
            sums.pointer[node].add(contribution.summed(to: record.broadcastOperand(operand)))
        } else {
            sums.pointer[node].add(contribution)
        }
    }

    private mutating func accumulate(
        _ g: consuming Value, from record: RecordView, _ primitive: UnsafePointer<Primitive>
    ) {
        let accumulation = primitive.pointee.accumulation
        var g = g
        let places = primitive.pointee.accumulatesProducts && g.tape == nil
        if places { fetchAhead?.announce(before: record.index, of: records) }
        let range = tape.pointee.operandRange(of: record.index)
        for place in range {
            let node = Int(operands[place])
            if node < 0 { continue }
            if places { offerRoom(to: node, g.elementType) }
            accumulation(&g, record, place - range.lowerBound, &sums.pointer[node])
        }
    }

    /// The nodes that the operands of a record with rules are.
    @inline(__always)
    private func trackedOperands(of record: RecordView) -> (first: Int?, second: Int?, addend: Int?) {
        let range = tape.pointee.operandRange(of: record.index)
        func node(_ k: Int) -> Int? {
            if k >= range.count { return nil }
            let operand = Int(operands[range.lowerBound + k])
            return operand < 0 ? nil : operand
        }
        return (node(0), node(1), node(2))
    }

    /// If the first cotangent of a slice is about to be made, it may as well be made in its place in the whole's.
    @inline(__always)
    private mutating func offerRoom(to node: Int, _ elementType: ElementType) {
        guard records[node].primitive == .slice, !isWanted[node], sums.pointer[node].isEmpty,
            !sums.pointer[node].isPlaced
        else { return }
        let whole = Int(operands[Int(records[node].firstOperand)])
        let attributes = SliceAttributes.of(records[node].attributes)
        if let whole = sums.pointer[whole].reserve(attributes, elementType) {
            sums.pointer[node].place(in: attributes.part(of: whole))
        }
    }
}
