#if arch(x86_64)
    /// Wide enough to be exact beside a double.
    typealias Wide = Float80
#else
    /// As wide as there is.
    typealias Wide = Double
#endif
