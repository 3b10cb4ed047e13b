import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as g from '../../../../src/training/graph/index.ts'

const a = g.input('a', [2, 3])
const indices = g.input('i', [2], 'i32')

const refusals: readonly (readonly [what: string, build: () => unknown, code: string, message: RegExp])[] = [
  [
    'add of shapes that do not stretch',
    () => g.add(a, g.input('b', [2])),
    'ERR_SHAPE_MISMATCH',
    /add: .*2, 3.*2/,
  ],
  ['matmul with other inner dimensions', () => g.matmul(a, a), 'ERR_SHAPE_MISMATCH', /inner dimension/],
  ['matmul of a vector', () => g.matmul(a, g.input('b', [3])), 'ERR_RANK', /matmul b/],
  [
    'matmul with other batch axes',
    () => g.matmul(g.input('x', [2, 5, 3]), g.input('y', [4, 3, 5])),
    'ERR_SHAPE_MISMATCH',
    /matmul/,
  ],
  ['reshape to another size', () => g.reshape(a, [4, 2]), 'ERR_SHAPE_MISMATCH', /reshape/],
  ['reshape with two unknowns', () => g.reshape(a, [-1, -1]), 'ERR_DIMENSION', /-1/],
  ['reshape that does not divide', () => g.reshape(a, [4, -1]), 'ERR_SHAPE_MISMATCH', /reshape/],
  ['transpose that names an axis twice', () => g.transpose(a, [0, 0]), 'ERR_PERMUTATION', /0, 0/],
  ['slice outside', () => g.slice(a, [0, 1], [2, 4]), 'ERR_SHAPE_MISMATCH', /slice/],
  ['empty slice', () => g.sliceAxis(a, 0, 1, 1), 'ERR_SHAPE_MISMATCH', /slice/],
  ['concat of other widths', () => g.concat([a, g.input('b', [2, 4])], 0), 'ERR_SHAPE_MISMATCH', /concat/],
  ['concat of nothing', () => g.concat([], 0), 'ERR_NO_OPERANDS', /concat/],
  ['sum of an axis that is not there', () => g.sum(a, [2]), 'ERR_AXIS', /axis 2/],
  ['broadcastTo something smaller', () => g.broadcastTo(a, [3]), 'ERR_SHAPE_MISMATCH', /broadcastTo/],
  [
    'layerNorm with another width',
    () => g.layerNorm(a, g.input('g', [2]), g.input('b', [3]), 1e-5),
    'ERR_SHAPE_MISMATCH',
    /gamma/,
  ],
  ['gather by floats', () => g.gather(a, a), 'ERR_DTYPE', /i32/],
  ['add of integers', () => g.add(a, indices), 'ERR_DTYPE', /f32, got i32/],
  [
    'constant of another length',
    () => g.constant(new Float32Array(5), [2, 3], 'w'),
    'ERR_SHAPE_MISMATCH',
    /w: expected/,
  ],
  ['input with an empty axis', () => g.input('x', [0, 3]), 'ERR_DIMENSION', /input x/],
  [
    'linear with another width',
    () => g.linear(a, g.input('w', [4, 2])),
    'ERR_SHAPE_MISMATCH',
    /linear weight/,
  ],
  [
    'crossEntropy of other labels',
    () => g.crossEntropy(a, g.input('y', [2, 4])),
    'ERR_SHAPE_MISMATCH',
    /labels/,
  ],
  [
    'differentiateAs of another shape',
    () => g.differentiateAs(a, g.input('b', [3])),
    'ERR_SHAPE_MISMATCH',
    /surrogate/,
  ],
]

describe('builders refuse', () => {
  for (const [what, build, code, message] of refusals) {
    it(what, () => assert.throws(build, { code, message }))
  }
})

describe('builders fold what costs nothing', () => {
  it('sums with 0 and products with 1', () => {
    assert.equal(g.add(a, g.fill([3], 0)), a)
    assert.equal(g.mul(g.scalar(1), a), a)
  })
  it('a reshape of a reshape, and one to the same shape', () => {
    assert.equal(g.reshape(a, [2, 3]), a)
    assert.equal(g.reshape(g.reshape(a, [6]), [2, 3]), a)
  })
  it('a transpose and its inverse', () => {
    assert.equal(g.transpose(g.transpose(a)), a)
  })
  it('but not a sum with 0 that stretches', () => {
    assert.deepEqual(g.add(a, g.fill([4, 1, 1], 0)).shape, [4, 2, 3])
  })
})
