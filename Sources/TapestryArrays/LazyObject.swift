import Synchronization

/// An object that is made when it is first asked for, by whichever thread comes first.
///
/// Like the standard library's `AtomicLazyReference`, which is not specialised in other modules and so costs a look-up
/// of run-time metadata at every use.
struct LazyObject<Object: AnyObject & Sendable>: ~Copyable, Sendable {
    private let address = Atomic<UInt>(0)

    @inline(__always)
    func value(_ make: () -> Object) -> Object { reference(make).takeUnretainedValue() }

    /// The same without counting a reference: the object lives as long as this does.
    @inline(__always)
    func reference(_ make: () -> Object) -> Unmanaged<Object> {
        if let pointer = UnsafeRawPointer(bitPattern: address.load(ordering: .acquiring)) {
            return Unmanaged<Object>.fromOpaque(pointer)
        }
        let new = Unmanaged.passRetained(make())
        let (isFirst, first) = address.compareExchange(
            expected: 0, desired: UInt(bitPattern: new.toOpaque()), ordering: .acquiringAndReleasing)
        if isFirst { return new }
        new.release()
        return Unmanaged<Object>.fromOpaque(UnsafeRawPointer(bitPattern: first)!)
    }

    deinit {
        if let pointer = UnsafeRawPointer(bitPattern: address.load(ordering: .acquiring)) {
            Unmanaged<Object>.fromOpaque(pointer).release()
        }
    }
}
