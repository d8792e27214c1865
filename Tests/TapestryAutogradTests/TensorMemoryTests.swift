import Tapestry
import Testing

/// How tensors lie in memory.
@Suite struct TensorMemoryTests {
    private let x = Tensor<Float>.arange(to: 24).reshaped(to: 2, 3, 4)

    @Test func `Strides of views`() {
        #expect(x.strides == [12, 4, 1])
        #expect(x.transposed().strides == [12, 1, 4])
        #expect(x[0..., 1].strides == [12, 1])
        #expect(x[0..., 0..., stride(from: 0, to: 4, by: 2)].strides == [12, 4, 2])
        #expect(Tensor<Float>([1, 2]).expanded(to: [3, 2]).strides == [0, 1])
        #expect(Tensor<Float>(1).strides == [])
    }

    @Test func `Views are contiguous where nothing lies between their elements`() {
        #expect(x.isContiguous && x[1].isContiguous)
        #expect(!x.transposed().isContiguous && !x[0..., 1].isContiguous)
        #expect((x.transposed() + 0).isContiguous)
    }

    @Test func `Views share memory, results of arithmetic do not`() {
        #expect(x.transposed().sharesMemory(with: x) && x[0].sharesMemory(with: x[1]))
        #expect(!(x + 0).sharesMemory(with: x))
        var y = x
        #expect(y.sharesMemory(with: x))
        y[0] = .zeros([3, 4])
        #expect(!y.sharesMemory(with: x))
        #expect(x[0, 0, 1].scalar == 1)
    }

    @Test func `Inside of vmap an example has no memory of its own`() async {
        await #expect(processExitsWith: .failure) {
            _ = vmap(over: Tensor<Float>.ones([2, 3])) { x in x * Float(x.strides.count) }
        }
    }
}
