import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PeermergeError } from '../../../src/errors.ts'
import { memorySource } from '../../../src/merge/format/byte-source.ts'
import { createRandom } from '../../../src/merge/linear/random.ts'
import { openSafetensors } from '../../../src/merge/format/safetensors-reader.ts'
import { writeSafetensors } from '../../../src/merge/format/safetensors-writer.ts'
import type { WritableTensor } from '../../../src/merge/format/safetensors-writer.ts'
import { randomTensor } from './fixtures.ts'

const random = createRandom('safetensors')
const tensors = new Map([
  ['b.weight', randomTensor(random, [3, 5])],
  ['a', randomTensor(random, [])],
  ['10', randomTensor(random, [2, 0, 3])],
  ['9', randomTensor(random, [7])],
  ['ü"\\', randomTensor(random, [1, 1])],
])

/** A file with this header text and as many data bytes. */
function file(header: string, dataBytes = 0, declared?: bigint): Uint8Array {
  const text = new TextEncoder().encode(header)
  const bytes = new Uint8Array(8 + text.length + dataBytes)
  new DataView(bytes.buffer).setBigUint64(0, declared ?? BigInt(text.length), true)
  bytes.set(text, 8)
  return bytes
}

const open = (bytes: Uint8Array) => openSafetensors(memorySource(bytes))

test('what is written is read, whatever the order it came in; names ascend', () => {
  const bytes = writeSafetensors(tensors, { metadata: { format: 'pt' } })
  const opened = open(bytes)
  assert.deepEqual([...opened.entries.keys()], ['10', '9', 'a', 'b.weight', 'ü"\\'])
  assert.equal(opened.metadata.get('format'), 'pt')
  for (const [name, tensor] of tensors) assert.deepEqual(opened.tensor(name), tensor)
  assert.deepEqual(writeSafetensors(new Map([...tensors].reverse()), { metadata: { format: 'pt' } }), bytes)
})

test('reading one tensor touches its bytes only, at any alignment of the source', () => {
  const bytes = writeSafetensors(tensors)
  for (const shift of [0, 1, 2, 3]) {
    const moved = new Uint8Array(bytes.length + shift).subarray(shift)
    moved.set(bytes)
    const reads: number[] = []
    const source = {
      size: moved.length,
      read(offset: number, length: number) {
        reads.push(length)
        return moved.subarray(offset, offset + length)
      },
    }
    const opened = openSafetensors(source)
    reads.length = 0
    assert.deepEqual(opened.tensor('b.weight'), tensors.get('b.weight'))
    assert.deepEqual(reads, [60])
  }
})

test('tensors of one file may differ in their type; bytes stay as they are', () => {
  const data = Uint8Array.of(0, 255, 7)
  const all = new Map<string, WritableTensor>([...tensors, ['bytes', { shape: [3], data }]])
  const types = new Map([['9', 'BF16'], ['b.weight', 'F16']] as const) // prettier-ignore
  const bytes = writeSafetensors(all, {
    type: (name) => (types as ReadonlyMap<string, 'BF16' | 'F16'>).get(name) ?? 'F32',
  })
  const opened = open(bytes)
  const found = [...opened.entries].map(([name, { type }]) => [name, type])
  assert.deepEqual(found, [['10', 'F32'], ['9', 'BF16'], ['a', 'F32'], ['b.weight', 'F16'], ['bytes', 'U8'], ['ü"\\', 'F32']]) // prettier-ignore
  assert.deepEqual([...opened.bytes('bytes')], [...data])
  assert.deepEqual(opened.tensor('a'), tensors.get('a'))
  opened.tensor('9').data.forEach((value, i) => {
    const exact = tensors.get('9')!.data[i]!
    assert.ok(Math.abs(value - exact) <= 2 ** -8 * Math.abs(exact))
  })
  assert.throws(() => writeSafetensors(new Map([['bytes', { shape: [4], data }]])), {
    code: 'ERR_SHAPE_MISMATCH',
  })
})

test('half precision is read exactly, integers only as bytes', () => {
  const half = writeSafetensors(tensors, { type: 'F16' })
  const opened = open(half)
  assert.equal(opened.entries.get('b.weight')?.type, 'F16')
  opened.tensor('b.weight').data.forEach((value, i) => {
    assert.ok(Math.abs(value - tensors.get('b.weight')!.data[i]!) < 2e-3)
  })
  const header =
    '{"f":{"dtype":"F64","shape":[1],"data_offsets":[8,16]},"i":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}'
  const mixed = file(header, 16)
  mixed.set([5], 8 + header.length)
  new DataView(mixed.buffer).setFloat64(8 + header.length + 8, 0.1, true)
  assert.deepEqual([...open(mixed).tensor('f').data], [Math.fround(0.1)])
  assert.deepEqual([...open(mixed).bytes('i')], [5, 0, 0, 0, 0, 0, 0, 0])
  assert.throws(() => open(mixed).tensor('i'), { code: 'ERR_MALFORMED', message: /"i": is I64/ })
})

test('every type that the format has may stand beside those that are read', () => {
  const widths = { F8_E4M3: 1, F8_E5M2: 1, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, BOOL: 1 }
  for (const [type, width] of Object.entries(widths)) {
    const fields = `"x":${entry('[3]', `[0,${3 * width}]`, type)},"y":${entry('[1]', `[${3 * width},${3 * width + 4}]`)}`
    const opened = open(file(`{${fields}}`, 3 * width + 4))
    assert.deepEqual([...opened.tensor('y').data], [0], type)
    assert.equal(opened.bytes('x').length, 3 * width, type)
    assert.throws(() => opened.tensor('x'), { code: 'ERR_MALFORMED', message: new RegExp(`"x": is ${type}`) })
  }
})

const entry = (shape: string, offsets: string, dtype = 'F32') =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`

const HOSTILE: readonly (readonly [string, string, Uint8Array])[] = [
  ['nothing at all', 'truncated', new Uint8Array(0)],
  ['seven bytes', 'truncated', new Uint8Array(7)],
  ['a header longer than the file', 'truncated', file('{}', 0, 3n)],
  ['a header of 2^63 bytes', 'header-too-large', file('{}', 0, 2n ** 63n)],
  ['a header of 100 MiB', 'header-too-large', file('{}', 0, 104_857_600n)],
  ['an empty header', 'bad-json', file('')],
  ['a header that is no JSON', 'bad-json', file('{"a":}')],
  ['text behind the JSON', 'bad-json', file('{} {}')],
  ['a header that is not UTF-8', 'bad-json', file('{"a').fill(0xff, 9)],
  ['a header that is a list', 'bad-header', file('[]')],
  ['deep nesting', 'bad-json', file('['.repeat(100_000))],
  ['the same name twice', 'bad-json', file(`{"a":${entry('[1]', '[0,4]')},"a":${entry('[1]', '[0,4]')}}`, 4)],
  ['the same name twice, once escaped', 'bad-json', file(`{"a":${entry('[0]', '[0,0]')},"\\u0061":${entry('[0]', '[0,0]')}}`)], // prettier-ignore
  ['metadata that is no text', 'bad-header', file('{"__metadata__":{"a":1}}')],
  ['an entry that is a number', 'bad-entry', file('{"a":1}')],
  ['an entry without offsets', 'bad-entry', file('{"a":{"dtype":"F32","shape":[1]}}', 4)],
  ['an entry with more', 'bad-entry', file('{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0],"x":1}}')],
  ['an unknown type', 'bad-entry', file(`{"a":${entry('[1]', '[0,4]', 'toString')}}`, 4)],
  ['a negative size', 'bad-entry', file(`{"a":${entry('[-1]', '[0,4]')}}`, 4)],
  ['a fractional size', 'bad-entry', file(`{"a":${entry('[0.5]', '[0,2]')}}`, 2)],
  ['nine dimensions', 'bad-entry', file(`{"a":${entry('[1,1,1,1,1,1,1,1,1]', '[0,4]')}}`, 4)],
  ['a size beyond integers', 'bad-entry', file(`{"a":${entry('[1e300]', '[0,4]')}}`, 4)],
  ['a product beyond integers', 'bad-offsets', file(`{"a":${entry('[4503599627370496,4503599627370496]', '[0,4]')}}`, 4)], // prettier-ignore
  ['a shape of other size than its bytes', 'bad-offsets', file(`{"a":${entry('[2]', '[0,4]')}}`, 4)],
  ['offsets that run backwards', 'bad-offsets', file(`{"a":${entry('[1]', '[4,0]')}}`, 4)],
  [
    'overlapping tensors',
    'bad-offsets',
    file(`{"a":${entry('[1]', '[0,4]')},"b":${entry('[1]', '[0,4]')}}`, 8),
  ],
  ['a gap', 'bad-offsets', file(`{"a":${entry('[1]', '[4,8]')}}`, 8)],
  ['one byte too few', 'truncated', file(`{"a":${entry('[1]', '[0,4]')}}`, 3)],
  ['one byte too many', 'bad-offsets', file(`{"a":${entry('[1]', '[0,4]')}}`, 5)],
  ['offsets far outside', 'truncated', file(`{"a":${entry('[1000000000]', '[0,4000000000]')}}`, 4)],
]

for (const [what, reason, bytes] of HOSTILE) {
  test(`${what}: ${reason}`, () => {
    assert.throws(
      () => open(bytes),
      (error: PeermergeError) => error.code === 'ERR_MALFORMED' && error.detail.reason === reason,
    )
  })
}

test('too many tensors are refused', () => {
  const names = Array.from({ length: 16_385 }, (_, i) => `"${i}":${entry('[0]', '[0,0]', 'U8')}`)
  assert.throws(
    () => open(file(`{${names.join(',')}}`)),
    ({ detail }: PeermergeError) =>
      detail.reason === 'too-many-tensors' || detail.reason === 'header-too-large',
  )
})

test('a tensor called __proto__ is just a tensor', () => {
  const opened = open(file(`{"__proto__":${entry('[0]', '[0,0]')}}`))
  assert.deepEqual(opened.tensor('__proto__').shape, [0])
})

test('a damaged file is either read or refused by name, never anything else', () => {
  const bytes = writeSafetensors(tensors)
  const damage = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length))
  fc.assert(
    fc.property(damage, ([at, value, length]) => {
      const copy = bytes.slice(0, Math.max(length, bytes.length - 40))
      copy[at] = value
      try {
        const opened = open(copy)
        for (const name of opened.entries.keys()) opened.bytes(name)
      } catch (error) {
        assert.ok(error instanceof PeermergeError, String(error))
      }
    }),
    { numRuns: 500, seed: 3 },
  )
})
