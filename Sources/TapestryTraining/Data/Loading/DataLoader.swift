import TapestryArrays

/// Batches of a data set: in order, shuffled by a seed, or sorted by length, fetched ahead on another thread if wanted.
///
/// ```swift
/// let loader = DataLoader(sentences, batchSize: 32, order: .shuffled(seed: 1), prefetching: 2) { sentences in
///     PaddedSequences(sentences)
/// }
/// for epoch in 0..<10 {
///     for batch in loader.epoch(epoch) { let batch = try batch.get(); … }
/// }
/// ```
///
/// A loader is a value and remembers nothing: the batches of an epoch are a function of its number. A run that can be
/// stopped keeps a ``DataPosition`` and goes on with ``batches(from:)``.
public struct DataLoader<Source: Dataset & Sendable, Batch: Sendable>: Sendable {
    /// What is read.
    public let dataset: Source
    /// Which examples each batch has.
    public let sampler: any BatchSampler
    /// How many batches are read before they are asked for; 0 for none, and no other thread.
    public let prefetchCount: Int
    private let collate: @Sendable ([Source.Example]) throws -> Batch

    /// A loader with a sampler.
    ///
    /// - Parameters:
    ///   - dataset: What is read.
    ///   - sampler: Which examples each batch has.
    ///   - prefetchCount: How many batches are read before they are asked for, which is all that is held in memory.
    ///     They are read by one other thread, in order. Traps if it is negative.
    ///   - collate: Makes one batch of its examples, on that thread.
    public init(
        _ dataset: Source, sampler: some BatchSampler, prefetching prefetchCount: Int = 0,
        collate: @escaping @Sendable ([Source.Example]) throws -> Batch
    ) {
        if prefetchCount < 0 { trap("DataLoader", "\(prefetchCount) batches to fetch ahead") }
        self.dataset = dataset
        self.sampler = sampler
        self.prefetchCount = prefetchCount
        self.collate = collate
    }

    /// A loader of batches of equal size. Traps as ``OrderedBatches`` does.
    public init(
        _ dataset: Source, batchSize: Int, order: ExampleOrder = .sequential, dropsLast: Bool = false,
        prefetching prefetchCount: Int = 0, collate: @escaping @Sendable ([Source.Example]) throws -> Batch
    ) {
        let sampler = OrderedBatches(count: dataset.count, size: batchSize, order: order, dropsLast: dropsLast)
        self.init(dataset, sampler: sampler, prefetching: prefetchCount, collate: collate)
    }

    /// The batches of an epoch. A batch that cannot be read is a failure, and the last one.
    ///
    /// - Parameters:
    ///   - number: The epoch, which decides a shuffled order.
    ///   - first: The number of the first batch, for a run that goes on in the middle.
    public func epoch(_ number: Int = 0, from first: Int = 0) -> LoadedBatches<Batch> {
        let batches = sampler.batches(inEpoch: number).dropFirst(max(first, 0))
        let read: @Sendable (ArraySlice<[Int]>.Index) throws -> Batch = { [dataset, collate] index in
            try collate(batches[index].map { try dataset.example(at: $0) })
        }
        return LoadedBatches(indices: batches.indices, prefetchCount: prefetchCount, read: read)
    }

    /// The batches of epoch after epoch, without end, each with the position after it: what is saved with a model, so
    /// that the run can go on from there as if it had never stopped. Without examples, it ends at once.
    public func batches(from position: DataPosition = DataPosition()) -> DataStream<Source, Batch> {
        DataStream(loader: self, position: position)
    }
}

extension DataLoader where Batch == [Source.Example] {
    /// A loader whose batches are arrays of examples. Traps as ``OrderedBatches`` does.
    public init(
        _ dataset: Source, batchSize: Int, order: ExampleOrder = .sequential, dropsLast: Bool = false,
        prefetching prefetchCount: Int = 0
    ) {
        self.init(
            dataset, batchSize: batchSize, order: order, dropsLast: dropsLast, prefetching: prefetchCount,
            collate: { $0 })
    }
}

/// How far a run has got in its data.
public struct DataPosition: Sendable, Codable, Equatable {
    /// The number of the epoch.
    public var epoch: Int
    /// The number of the next batch in it.
    public var batch: Int

    /// A position.
    public init(epoch: Int = 0, batch: Int = 0) { (self.epoch, self.batch) = (epoch, batch) }
}

/// The batches of one epoch, read as they are asked for or a few ahead.
public struct LoadedBatches<Batch: Sendable>: Sequence, Sendable {
    let indices: Range<Int>
    let prefetchCount: Int
    let read: @Sendable (Int) throws -> Batch

    /// The number of batches.
    public var count: Int { indices.count }

    /// Reads the batches one after the other, from the first one for each iterator that is made. Copies of one iterator
    /// share its batches: each goes to the copy that asks, and after the last one all of them end. When the last copy
    /// is gone, nothing more is read.
    public func makeIterator() -> AnyIterator<Result<Batch, any Error>> { AnyIterator(Reading(self)) }

    /// How far an iterator has got. All of its copies have the same one, as those of an `AnyIterator` do: were each to
    /// count for itself, it would wait for what the thread has handed to another.
    private struct Reading: IteratorProtocol {
        private let batches: LoadedBatches
        private let prefetcher: Prefetcher<Batch>?
        private var position: Int
        private var hasFailed = false

        init(_ batches: LoadedBatches) {
            self.batches = batches
            position = batches.indices.lowerBound
            let count = Swift.min(batches.prefetchCount, batches.count)
            prefetcher = count > 0 ? Prefetcher(batches.indices, ahead: count, read: batches.read) : nil
        }

        /// The next batch, or why it cannot be read.
        mutating func next() -> Result<Batch, any Error>? {
            guard !hasFailed, position < batches.indices.upperBound else { return nil }
            let index = position
            position += 1
            let batch = prefetcher.map { $0.next() } ?? Result { try batches.read(index) }
            if case .failure = batch { hasFailed = true }
            return batch
        }
    }
}

/// The batches of epoch after epoch. See ``DataLoader/batches(from:)``.
public struct DataStream<Source: Dataset & Sendable, Batch: Sendable>: Sequence, Sendable {
    let loader: DataLoader<Source, Batch>
    let position: DataPosition

    /// Starts at the position. Copies of one iterator share its batches, as those of ``LoadedBatches/makeIterator()``
    /// do.
    public func makeIterator() -> AnyIterator<(batch: Result<Batch, any Error>, next: DataPosition)> {
        AnyIterator(Reading(self))
    }

    /// How far an iterator has got.
    private struct Reading: IteratorProtocol {
        private let loader: DataLoader<Source, Batch>
        private var position: DataPosition
        private var rest: LoadedBatches<Batch>.Iterator
        private var count: Int
        private var hasFailed = false

        init(_ stream: DataStream) {
            (loader, position) = (stream.loader, stream.position)
            let batches = loader.epoch(position.epoch, from: position.batch)
            (rest, count) = (batches.makeIterator(), batches.count)
        }

        /// The next batch, and where to go on after it.
        mutating func next() -> (batch: Result<Batch, any Error>, next: DataPosition)? {
            if hasFailed { return nil }
            if count == 0 {
                position = DataPosition(epoch: position.epoch + 1)
                let batches = loader.epoch(position.epoch)
                (rest, count) = (batches.makeIterator(), batches.count)
            }
            guard let batch = rest.next() else { return nil }
            if case .failure = batch {
                // The one that could not be read is still the next one.
                hasFailed = true
                return (batch, position)
            }
            count -= 1
            position.batch += 1
            return (batch, position)
        }
    }
}
