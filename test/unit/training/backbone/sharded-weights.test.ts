import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { memorySource, openSafetensors, writeSafetensors } from '../../../../src/merge/index.ts'
import { backboneDigest } from '../../../../src/training/backbone/backbone-digest.ts'
import { openBackbone } from '../../../../src/training/backbone/open-backbone.ts'

const TINY_BERT = join(import.meta.dirname, '../../../fixtures/tiny-bert')
const EXTENT = 12
const INDEX = 'model.safetensors.index.json'
const SHARDS = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const

let root: string
let dir: string
let copies = 0

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'peermerge-shards-'))
})
beforeEach(async () => {
  dir = join(root, String(copies++))
  await cp(TINY_BERT, dir, { recursive: true })
  await split(dir)
})
after(() => rm(root, { recursive: true, force: true }))

/** Deals the tensors of a directory to two shards in turn. */
async function split(at: string): Promise<void> {
  const whole = openSafetensors(memorySource(await readFile(join(at, 'model.safetensors'))))
  const names = [...whole.entries.keys()]
  for (const [i, shard] of SHARDS.entries()) {
    const tensors = names.filter((_, k) => k % 2 === i).map((name) => [name, whole.tensor(name)] as const)
    await writeFile(join(at, shard), writeSafetensors(new Map(tensors)))
  }
  await writeIndex(at, Object.fromEntries(names.map((name, k) => [name, SHARDS[k % 2]!])))
  await rm(join(at, 'model.safetensors'))
}

async function writeIndex(at: string, weightMap: unknown): Promise<void> {
  await writeFile(join(at, INDEX), JSON.stringify({ metadata: { total_size: 1 }, weight_map: weightMap }))
}

async function weightMap(): Promise<Record<string, string>> {
  const text = await readFile(join(dir, INDEX), 'utf8')
  return (JSON.parse(text) as { weight_map: Record<string, string> }).weight_map
}

describe('weights in shards', () => {
  it('are the same as in one file, and one file comes first where both are there', async () => {
    const whole = (await openBackbone(TINY_BERT)).load(EXTENT)
    assert.deepEqual((await openBackbone(dir)).load(EXTENT), whole)
    await cp(join(TINY_BERT, 'model.safetensors'), join(dir, 'model.safetensors'))
    await writeFile(join(dir, INDEX), 'not looked at')
    assert.deepEqual((await openBackbone(dir)).load(EXTENT), whole)
    assert.equal(await backboneDigest(dir), await backboneDigest(TINY_BERT))
  })

  it('change the digest by index and by shard', async () => {
    const digests = new Set([await backboneDigest(dir), await backboneDigest(TINY_BERT)])
    for (const name of [INDEX, ...SHARDS]) {
      const path = join(dir, name)
      const bytes = await readFile(path)
      await writeFile(
        path,
        name === INDEX
          ? `${bytes.toString()} `
          : bytes.map((byte, i) => byte ^ (i === bytes.length - 1 ? 1 : 0)),
      )
      digests.add(await backboneDigest(dir))
    }
    assert.equal(digests.size, 5)
  })

  it('of which one is missing or cut short are refused, naming it', async () => {
    await truncate(join(dir, SHARDS[1]), 2000)
    await assert.rejects(openBackbone(dir), {
      code: 'ERR_BACKBONE',
      message: /00002-of-00002.safetensors is corrupt/,
    })
    await rm(join(dir, SHARDS[1]))
    await assert.rejects(openBackbone(dir), {
      code: 'ERR_BACKBONE',
      message: /names model-00002-of-00002.safetensors, which is missing/,
    })
  })

  it('whose index says that a tensor is where it is not are refused', async () => {
    const map = await weightMap()
    const [name] = Object.keys(map)
    await writeIndex(dir, { ...map, [name!]: map[name!] === SHARDS[0] ? SHARDS[1] : SHARDS[0] })
    await assert.rejects(openBackbone(dir), {
      code: 'ERR_BACKBONE',
      message: /is in model-.*, where it is not/,
    })
  })

  it('whose index leaves out a tensor are refused when they are read', async () => {
    const map = await weightMap()
    delete map['bert.encoder.layer.1.output.dense.weight']
    await writeIndex(dir, map)
    const backbone = await openBackbone(dir)
    assert.throws(() => backbone.load(EXTENT), {
      code: 'ERR_BACKBONE',
      message: /layer.1.output.dense.weight is missing from model.safetensors.index.json/,
    })
  })

  it('are never looked for outside their directory', async () => {
    await cp(join(dir, SHARDS[0]), join(root, 'outside.safetensors'))
    const escapes = [
      '../outside.safetensors',
      join(root, 'outside.safetensors'),
      'a/../../outside.safetensors',
      '..\\outside.safetensors',
      '.hidden.safetensors',
      'config.json',
      '',
    ]
    for (const escape of escapes) {
      await writeIndex(dir, { ...(await weightMap()), 'classifier.bias': escape })
      await assert.rejects(
        openBackbone(dir),
        { code: 'ERR_BACKBONE', message: /no safetensors file beside it/ },
        escape,
      )
    }
  })

  it('whose index is no index are refused', async () => {
    const cases: [RegExp, string][] = [
      [/is not JSON/, '{"weight_map": '],
      [/is not valid/, '{}'],
      [/is not valid/, '{"weight_map": {"a": 1}}'],
      [/is not valid/, '[]'],
      [/names no tensor/, '{"weight_map": {}}'],
      [/has 16777217 bytes, at most 16777216/, ' '.repeat(16_777_217)],
      [
        /names 1025 files, at most 1024/,
        JSON.stringify({
          weight_map: Object.fromEntries(Array.from({ length: 1025 }, (_, i) => [i, `${i}.safetensors`])),
        }),
      ],
    ]
    for (const [message, text] of cases) {
      await writeFile(join(dir, INDEX), text)
      await assert.rejects(openBackbone(dir), { code: 'ERR_BACKBONE', message })
    }
  })

  const noPipes = process.platform === 'win32' && 'Windows has no pipes in folders'
  it('that are no files are refused instead of waited for', { skip: noPipes }, async () => {
    await rm(join(dir, SHARDS[0]))
    assert.equal(spawnSync('mkfifo', [join(dir, SHARDS[0])]).status, 0)
    await assert.rejects(openBackbone(dir), { code: 'ERR_BACKBONE', message: /which is missing/ })
    spawnSync('mkfifo', [join(dir, 'model.safetensors')])
    await rm(join(dir, INDEX))
    await assert.rejects(openBackbone(dir), {
      code: 'ERR_BACKBONE',
      message: /model.safetensors cannot be opened/,
    })
  })
})
