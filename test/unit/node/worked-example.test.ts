import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeContainer, encodeContainer } from '../../../src/node/contribution-container.ts'
import { charterDigest } from '../../../src/node/charter.ts'
import { openContributionBytes } from '../../../src/node/contribution-file.ts'
import { decode, encode } from '@ipld/dag-cbor'
import { workedExample } from '../../helpers/worked-example.ts'
import { judgeByCharter } from '../../../src/node/judge.ts'
import { mergeSpecOf } from '../../../src/node/charter.ts'
import { memorySource, validatePayload } from '../../../src/merge/index.ts'

const { charter, file, text } = await workedExample()

test('the worked example of docs/formats.md is what this version writes', async () => {
  const docs = await readFile(join(import.meta.dirname, '../../../docs/formats.md'), 'utf8')
  const written = /<!-- worked example -->\s*```text\n([^]*?)\n```/.exec(docs)?.[1]
  assert.equal(written, text, 'node --import tsx test/helpers/worked-example.ts prints what should be there')
})

test('it is admitted', async () => {
  const digest = charterDigest(charter)
  const { header, payload } = await openContributionBytes('example', file, digest)
  const spec = mergeSpecOf(charter)
  assert.deepEqual(judgeByCharter({ charter, charterDigest: digest, spec }, header), { kind: 'accept' })
  const checked = validatePayload(spec, header, memorySource(payload))
  assert.ok(checked.ok, checked.ok ? '' : checked.message)
})

test('the container is canonical dag-cbor, whatever the lengths, and nothing else is read', () => {
  for (const length of [0, 1, 23, 24, 255, 256, 65_535, 65_536, 70_000]) {
    const parts = { payload: new Uint8Array(length).fill(7), envelope: new Uint8Array(length % 300).fill(9) }
    const bytes = encodeContainer(parts)
    assert.deepEqual(Buffer.from(bytes), Buffer.from(encode({ v: 1, ...parts })), `${length} bytes`)
    const read = decodeContainer('container', bytes)
    assert.deepEqual([Buffer.from(read.payload), Buffer.from(read.envelope)], [Buffer.from(parts.payload), Buffer.from(parts.envelope)]) // prettier-ignore
  }
  const whole = decode<object>(file)
  const long = Buffer.from('a361760167' + Buffer.from('payload').toString('hex') + '5801ff68' + Buffer.from('envelope').toString('hex') + '40', 'hex') // prettier-ignore
  const bad = [encode({ ...whole, v: 2 }), encode({ ...whole, x: 1 }), encode({ ...whole, payload: 'text' }), Buffer.concat([file, Buffer.of(0)]), file.subarray(1), long] // prettier-ignore
  for (const [i, bytes] of bad.entries()) {
    assert.throws(() => decodeContainer('container', bytes), { code: 'ERR_MALFORMED', detail: { operand: 'container', reason: 'malformed' } }, `case ${i}`) // prettier-ignore
  }
  for (let length = 0; length < file.length; length += 3) {
    assert.throws(() => decodeContainer('container', file.subarray(0, length)), { code: 'ERR_MALFORMED' })
  }
})
