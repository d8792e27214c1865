import TapestryArrays

/// Several modules as one: the arguments or the results of a function. Its parts are numbered as those of an array are,
/// `0.weights`, but for a single one, which has no number, as a tuple of one is its element.
///
/// Tuples do not conform to protocols; this is how the derivative operators see them.
struct ModuleTuple<each Element: Module>: Module, SeveralArguments {
    let elements: (repeat each Element)

    init(_ elements: repeat each Element) { self.elements = (repeat each elements) }

    init(from decoder: any Decoder) throws {
        if Self.count == 1 {
            elements = (repeat try (each Element)(from: decoder))
        } else {
            var container = try decoder.unkeyedContainer()
            elements = (repeat try container.decode((each Element).self))
        }
    }

    /// `Tied` parts are tied within one element, not between two: a teacher keeps its own values.
    func encode(to encoder: any Encoder) throws {
        if Self.count == 1 {
            for element in repeat each elements { try element.encode(to: encoder) }
            return
        }
        var container = encoder.unkeyedContainer()
        for element in repeat each elements {
            encoder.modulePosition?.endTies()
            try container.encode(element)
        }
    }

    /// The result of a function of the elements.
    func passed<Output, Failure: Error>(
        to function: (repeat each Element) throws(Failure) -> Output
    ) throws(Failure) -> Output {
        try function(repeat each elements)
    }

    /// The results of a function of the elements. Traps if there are none: the compiler takes a function that returns a
    /// tuple with labels for one that returns nothing, unless the tuple's type is written out without them.
    func passed<each Output: Module, Failure: Error>(
        toFunctionOfTuple function: (repeat each Element) throws(Failure) -> (repeat each Output),
        in operation: StaticString
    ) throws(Failure) -> ModuleTuple<repeat each Output> {
        if ModuleTuple<repeat each Output>.count == 0 {
            let advice = "write the type of a tuple out without labels, `-> (A, B) in`"
            trap("\(operation)", "the function returns nothing; \(advice)")
        }
        let output = try function(repeat each elements)
        return ModuleTuple<repeat each Output>(repeat each output)
    }

    private static var count: Int {
        var count = 0
        for _ in repeat (each Element).self { count += 1 }
        return count
    }
}

/// What tells the arguments of a function from a module of its own, for messages.
protocol SeveralArguments {}
