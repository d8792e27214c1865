/// `[row][column]`; as a batch of values `[batch][unit]`, as weights `[operand unit][hidden unit]`.
package typealias ScalarMatrix = [[Double]]

extension ScalarMatrix {
    /// self + other
    package func adding(_ other: ScalarMatrix) -> ScalarMatrix {
        combined(with: other) { $0 + $1 }
    }

    /// `function` of the elements at the same place.
    package func combined(with other: ScalarMatrix, _ function: (Double, Double) -> Double) -> ScalarMatrix {
        precondition(count == other.count, "matrices of \(count) and \(other.count) rows")
        var result = self
        for row in indices {
            precondition(self[row].count == other[row].count, "rows of \(self[row].count) and \(other[row].count)")
            for column in self[row].indices {
                result[row][column] = function(self[row][column], other[row][column])
            }
        }
        return result
    }

    /// self·weights
    package func times(_ weights: ScalarMatrix) -> ScalarMatrix {
        times(weights, plus: [Double](repeating: 0, count: weights[0].count))
    }

    /// self·weights + bias
    package func times(_ weights: ScalarMatrix, plus bias: [Double]) -> ScalarMatrix {
        var result = map { _ in bias }
        for row in indices {
            precondition(self[row].count == weights.count, "a row of \(self[row].count) for \(weights.count) weights")
            for operand in weights.indices {
                for unit in bias.indices {
                    result[row][unit] += self[row][operand] * weights[operand][unit]
                }
            }
        }
        return result
    }

    /// self·weightsᵀ
    package func timesTransposed(_ weights: ScalarMatrix) -> ScalarMatrix {
        var result = map { _ in [Double](repeating: 0, count: weights.count) }
        for row in indices {
            for operand in weights.indices {
                for unit in self[row].indices {
                    result[row][operand] += self[row][unit] * weights[operand][unit]
                }
            }
        }
        return result
    }

    /// result += selfᵀ·other: the sum over the batch of the outer products of the rows.
    package func addOuterProducts(with other: ScalarMatrix, to result: inout ScalarMatrix) {
        for row in indices {
            for operand in result.indices {
                for unit in result[operand].indices {
                    result[operand][unit] += self[row][operand] * other[row][unit]
                }
            }
        }
    }

    /// result += the sum of the rows.
    package func addRows(to result: inout [Double]) {
        for row in self {
            for unit in result.indices {
                result[unit] += row[unit]
            }
        }
    }

    package var transposed: ScalarMatrix {
        self[0].indices.map { column in map { $0[column] } }
    }

    /// Every row replaced by the next one, and the last by the first.
    package var rotated: ScalarMatrix { Array(dropFirst() + prefix(1)) }
}
