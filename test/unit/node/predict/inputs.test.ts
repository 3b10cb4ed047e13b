import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { imageInputs } from '../../../../src/node/predict/image-inputs.ts'
import type { Inputs, NamedInput } from '../../../../src/node/predict/named-input.ts'
import { openInputs } from '../../../../src/node/predict/open-inputs.ts'
import { textInputs } from '../../../../src/node/predict/text-inputs.ts'

let dir = ''
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peermerge-inputs-'))
})
after(() => rm(dir, { recursive: true }))

const none = Readable.from([])

async function all(inputs: Inputs): Promise<NamedInput[]> {
  const found: NamedInput[] = []
  for await (const one of inputs.all()) found.push(one)
  return found
}

async function written(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(dir, name), content)
  return join(dir, name)
}

describe('texts to be answered', () => {
  it('are rows of tables, by a column that is named, with their lines', async () => {
    const csv = await written('a.csv', 'id,message\n1,hello\n2,\n3,"two\nlines"\n4,too,many\n')
    const lines = await written('b.jsonl', '{"message": 7}\n{"message": "hi"}\n')
    const found = await all(await textInputs([csv, lines], none, 'message'))
    assert.deepEqual(found, [
      { name: `${csv}:2`, input: { text: 'hello' } },
      { name: `${csv}:3`, input: { text: '' } },
      { name: `${csv}:5`, input: { text: 'two\nlines' } },
      { name: `${csv}:6`, input: { code: 'ERR_INPUT_TEXT', reason: 'expected 2 cells as in the head row, found 3' } }, // prettier-ignore
      { name: `${lines}:1`, input: { code: 'ERR_INPUT_TEXT', reason: 'message is not a text' } },
      { name: `${lines}:2`, input: { text: 'hi' } },
    ])
    await assert.rejects(textInputs([csv], none, undefined), { code: 'ERR_NO_COLUMN', message: /"id", "message"/ }) // prettier-ignore
  })

  it('are lines of .txt files and of standard input, however they are cut into pieces', async () => {
    const file = await written('c.txt', Buffer.from('\ufeffone\r\n\ntwo'))
    const bytes = Buffer.concat([Buffer.from('größer\n'), Buffer.from([0xff, 0x0a]), Buffer.from('end\n')])
    const stdin = Readable.from([bytes.subarray(0, 3), bytes.subarray(3)])
    const found = await all(await textInputs([file, '-'], stdin, undefined))
    assert.deepEqual(found, [
      { name: `${file}:1`, input: { text: 'one' } },
      { name: `${file}:2`, input: { text: '' } },
      { name: `${file}:3`, input: { text: 'two' } },
      { name: 'stdin:1', input: { text: 'größer' } },
      { name: 'stdin:2', input: { code: 'ERR_INPUT_TEXT', reason: 'not valid UTF-8' } },
      { name: 'stdin:3', input: { text: 'end' } },
    ])
  })

  it('are refused by name where they are none', async () => {
    await assert.rejects(textInputs([dir], none, undefined), {
      code: 'ERR_INPUTS',
      message: /expected a table/,
    })
    await assert.rejects(textInputs([join(dir, 'none.txt')], none, undefined), { code: 'ERR_INPUTS' })
    await assert.rejects(textInputs([join(dir, 'none.csv')], none, undefined), { code: 'ERR_DATA_MISSING' })
  })
})

describe('images to be answered', () => {
  it('are counted beforehand, unless their names come on standard input', async () => {
    const [a, b] = [await written('a.png', ''), await written('b.JPG', '')]
    const folder = await imageInputs([dir, a], none)
    assert.equal(folder.total, 3)
    assert.deepEqual((await all(folder)).map(({ name }) => name), [a, b, a]) // prettier-ignore
    const piped = await imageInputs(['-', b], Readable.from([Buffer.from(`${a}\n\nx`)]))
    assert.equal(piped.total, undefined)
    assert.deepEqual((await all(piped)).map(({ input }) => input), [{ file: a }, { file: 'x' }, { file: b }]) // prettier-ignore
  })

  it('are asked for where nobody pipes anything', async () => {
    const stdin = Object.assign(Readable.from([]), { isTTY: true }) as unknown as NodeJS.ReadStream
    await assert.rejects(openInputs([], 'image', { stdin }), { code: 'ERR_NO_INPUTS', message: /files or folders/ }) // prettier-ignore
    await assert.rejects(openInputs([], 'text', { stdin }), { code: 'ERR_NO_INPUTS', message: /tables/ })
  })
})
