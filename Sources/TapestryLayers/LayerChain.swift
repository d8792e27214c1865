/// Several layers nested in pairs that stand in one list when they are encoded.
protocol LayerChain {
    /// Writes the layers, one after the other, at the end of a list.
    func appendLayers(to list: inout some UnkeyedEncodingContainer) throws
    /// Reads as many layers as the chain has from where the list has been read up to.
    init(layersFrom list: inout some UnkeyedDecodingContainer) throws
}

extension LayerPair: LayerChain {
    func appendLayers(to list: inout some UnkeyedEncodingContainer) throws {
        try list.append(first)
        try list.append(second)
    }

    init(layersFrom list: inout some UnkeyedDecodingContainer) throws {
        self.init(try list.nextChain(), try list.nextChain())
    }
}

// Whether a part is a layer or a chain of them is known to its type alone, which the pair around it does not see.

extension UnkeyedEncodingContainer {
    /// Appends the layers of a chain one by one, or a single layer.
    mutating func append(_ part: some Layer) throws {
        if let chain = part as? any LayerChain {
            try chain.appendLayers(to: &self)
        } else {
            try encode(part)
        }
    }
}

extension UnkeyedDecodingContainer {
    /// Reads the layers of a chain one by one, or a single layer.
    mutating func nextChain<Part: Layer>() throws -> Part {
        if let type = Part.self as? any LayerChain.Type { return try type.init(layersFrom: &self) as! Part }
        return try decode(Part.self)
    }

    /// Reads a chain to which all the rest of the list must belong.
    mutating func wholeChain<Part: Layer>() throws -> Part {
        let chain: Part = try nextChain()
        guard isAtEnd else {
            throw DecodingError.dataCorruptedError(
                in: self, debugDescription: "the list goes on after the \(currentIndex) layers of the chain")
        }
        return chain
    }
}

/// A module whose layers stand in a list under a name of its own, where PyTorch counts them without one.
protocol LayerList {}
