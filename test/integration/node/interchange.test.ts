import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { AdapterSpec } from '../../../src/merge/index.ts'
import { readFileSync } from 'node:fs'
import { formatCharter } from '../../../src/node/charter.ts'
import { homePaths, readCharter } from '../../../src/node/home.ts'
import { executeAtHome } from '../../../src/node/membership/execute-at-home.ts'
import { createNode, loadState } from '../../../src/node/index.ts'
import { stateBytes } from '../../../src/node/merge-files.ts'
import { createSite } from '../../../src/node/site-setup.ts'
import { assertClose } from '../../helpers/assert-close.ts'
import { waitFor } from '../../helpers/wait-for.ts'
import { TINY_BACKBONE, TINY_CLASSES, writeTinySite } from '../../helpers/tiny-sites.ts'
import { peermerge } from '../../helpers/node/run-program.ts'

const lora: AdapterSpec = {
  kind: 'lora',
  rank: 2,
  alpha: 3,
  trains: 'B',
  scaling: 'rslora',
  seed: 'exchange',
}

let dir = ''
let home = ''
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peermerge-exchange-'))
  await writeTinySite(join(dir, 'data'), [14, 14, 14], 'exchange')
  home = await newHome('trained', 5e-3)
  await runUntilDone(home)
})
after(() => rm(dir, { recursive: true, force: true }))

async function newHome(name: string, learningRate: number, adapter = lora): Promise<string> {
  const path = join(dir, name)
  const site = { home: path, site: name, backbone: TINY_BACKBONE, data: join(dir, 'data'), listen: ['/ip4/127.0.0.1/tcp/0'], peers: [] } // prettier-ignore
  await createSite(site, {
    name: 'exchange',
    classes: TINY_CLASSES,
    members: [],
    imageSize: 16,
    adapter,
    classifier: { rule: 'counts' },
    contributionsPerTask: 1,
    training: { epochs: 2, batchSize: 8, learningRate, weightDecay: 0 },
  })
  return path
}

async function runUntilDone(path: string, state?: string): Promise<void> {
  await using node = await createNode({ home: path, state })
  await node.start()
  await node.whenDone({ signal: AbortSignal.timeout(60_000) })
  await waitFor('a merge on disk', 20_000, async () => (await mergesIn(path)).at(0))
}

function json(...args: string[]): { code: number | null; value: Record<string, unknown> } {
  const { code, stdout, stderr } = peermerge(...args, '--json')
  assert.notEqual(stdout, '', stderr)
  return { code, value: JSON.parse(stdout) as Record<string, unknown> }
}

const mergesIn = async (path: string): Promise<string[]> =>
  (await readdir(homePaths(path).merges)).filter((name) => name.endsWith('.safetensors'))

describe('export and import on the command line', () => {
  test('a merge goes out by the charter that it was computed under, while the node runs and after', async () => {
    const path = await newHome('amended', 5e-3)
    await runUntilDone(path)
    const [before] = await mergesIn(path)
    const paths = homePaths(path)
    const founding = await readCharter(paths)
    const next = { ...founding, adapter: { ...founding.adapter, rank: 1 } }
    const rankOf = (...options: string[]): number => {
      const out = join(dir, 'by-charter')
      assert.equal(json('export', '--home', path, '--format', 'peft', '--out', out, ...options).code, 0)
      return (JSON.parse(readFileSync(join(out, 'adapter_config.json'), 'utf8')) as { r: number }).r
    }
    await executeAtHome(paths, { command: 'amend', charter: formatCharter(next), carries: 'nothing' })
    {
      await using node = await createNode({ home: path })
      await node.start()
      await node.whenDone({ signal: AbortSignal.timeout(60_000) })
      await waitFor('a merge under the new charter', 20_000, async () => (await mergesIn(path)).at(1))
      assert.equal(rankOf(), 1)
    }
    assert.equal(rankOf(), 1)
    assert.equal(rankOf('--merge', before!.replace('.safetensors', '')), 2)
  })

  test('the newest merge goes out as a PEFT adapter and comes back as the same state', async () => {
    const out = join(dir, 'adapter')
    const exported = json('export', '--home', home, '--format', 'peft', '--out', out)
    assert.equal(exported.code, 0, JSON.stringify(exported.value))
    assert.equal(exported.value.autoClass, 'AutoModelForImageClassification')
    const config = JSON.parse(await readFile(join(out, 'adapter_config.json'), 'utf8')) as Record<
      string,
      unknown
    >
    assert.deepEqual([config.r, config.lora_alpha, config.use_rslora, config.base_model_name_or_path], [2, 3, true, 'tiny-vit']) // prettier-ignore

    const file = join(dir, 'imported.safetensors')
    const imported = json('import', out, '--home', home, '--out', file)
    assert.equal(imported.code, 0, JSON.stringify(imported.value))
    const [merge] = await mergesIn(home)
    assert.equal(exported.value.merge, merge!.replace('.safetensors', ''))
    assert.deepEqual(await loadState(file), await loadState(join(homePaths(home).merges, merge!)))
  })

  test('a merge goes out as a state, by its digest, and as ONNX', async () => {
    const [merge] = await mergesIn(home)
    const digest = merge!.replace('.safetensors', '')
    const state = join(dir, 'state.safetensors')
    assert.equal(json('export', '--home', home, '--format', 'safetensors', '--merge', digest, '--out', state).code, 0) // prettier-ignore
    assert.deepEqual(await loadState(state), await loadState(join(homePaths(home).merges, merge!)))
    const onnx = join(dir, 'model.onnx')
    assert.equal(json('export', '--home', home, '--format', 'onnx', '--state', state, '--out', onnx).code, 0)
    const onnxText = await readFile(onnx)
    assert.ok(!onnxText.includes(digest), 'a state names no merge')
    assert.ok(
      TINY_CLASSES.every((name) => onnxText.includes(name)),
      'the classes are in it',
    )
  })

  test('a node trains on from an imported state, and not from the charter’s start', async () => {
    const still = await newHome('still', 1e-9)
    const state = join(dir, 'imported.safetensors')
    await runUntilDone(still, state)
    const [merge] = await mergesIn(still)
    const merged = await loadState(join(homePaths(still).merges, merge!))
    const from = await loadState(state)
    for (const [name, { data }] of from.adapter) {
      assert.ok(data.some((value) => Math.abs(value) > 1e-4), `${name} is not the start`) // prettier-ignore
      assertClose(merged.adapter.get(name)!.data, data, 1e-4, name)
    }
  })
})

describe('a merge without the network', () => {
  test('a home is bundled, and the bundle verifies as the merge that the home keeps', async () => {
    const bundle = join(dir, 'bundle')
    const written = json('contributions', '--home', home, '--out', bundle)
    assert.equal(written.code, 0, JSON.stringify(written.value))
    const [kept] = await mergesIn(home)
    assert.equal(`${written.value.merge as string}.safetensors`, kept)
    assert.deepEqual(await readFile(join(bundle, 'merge.safetensors')), await readFile(join(homePaths(home).merges, kept!))) // prettier-ignore
    const verified = json('verify', bundle)
    assert.deepEqual([verified.code, verified.value.ok], [0, true])
    const claim = JSON.parse(await readFile(join(bundle, 'merge.json'), 'utf8')) as object
    await writeFile(join(dir, 'wrong.json'), JSON.stringify({ ...claim, generation: 7 }))
    const wrong = json('verify', bundle, '--merge', join(dir, 'wrong.json'))
    assert.deepEqual([wrong.code, wrong.value.ok], [1, false])
    assert.equal(json('verify', join(dir, 'data')).code, 2)
  })

  test('a what-if merge says that it is one, and goes out as a PEFT adapter', async () => {
    const out = join(dir, 'mean.safetensors')
    const merged = json('merge', join(dir, 'bundle'), '--rule', 'mean', '--out', out)
    assert.equal(merged.code, 0, JSON.stringify(merged.value))
    const { charterRule, usedRule, isWhatIf, digest } = merged.value
    assert.deepEqual([charterRule, usedRule, isWhatIf], ['lorm', 'mean', true])
    assert.notEqual(`${digest as string}.safetensors`, (await mergesIn(home))[0])
    const same = json('merge', join(dir, 'bundle'), '--rule', 'lorm')
    assert.deepEqual([same.value.isWhatIf, `${same.value.digest as string}.safetensors`], [false, (await mergesIn(home))[0]]) // prettier-ignore
    const refused = json('merge', join(dir, 'bundle'), '--rule', 'ravan')
    assert.deepEqual([refused.code, (refused.value.error as { code: string }).code], [2, 'ERR_MERGE_SPEC'])
    const exported = json('export', '--home', home, '--format', 'peft', '--state', out, '--out', join(dir, 'mean')) // prettier-ignore
    assert.equal(exported.code, 0, JSON.stringify(exported.value))
  })

  test('a merge of more rank than the charter’s adapter goes out at its own', async () => {
    const spec = { ...lora, rank: 3, trains: 'AB' } as const
    const { classifier, adapter } = await loadState(join(homePaths(home).merges, (await mergesIn(home))[0]!))
    const wide = new Map([...adapter.keys()].flatMap((name) => [['lora_A', [3, 24]], ['lora_B', [24, 3]]].map(([part, shape]) => [name.replace('lora_B', part as string), { shape: shape as number[], data: Float32Array.from({ length: 72 }, (_, i) => i / 72) }] as const))) // prettier-ignore
    const file = join(dir, 'wide.safetensors')
    await writeFile(file, stateBytes({ adapter: wide, classifier }, { adapter: JSON.stringify(spec) }))
    const exported = json('export', '--home', home, '--format', 'peft', '--state', file, '--out', join(dir, 'wide')) // prettier-ignore
    assert.equal(exported.code, 0, JSON.stringify(exported.value))
    const config = JSON.parse(await readFile(join(dir, 'wide', 'adapter_config.json'), 'utf8')) as {
      r: number
    }
    assert.equal(config.r, 3)
  })
})

describe('what cannot be exchanged is named', () => {
  const bad: readonly (readonly [string, string, RegExp, () => Promise<readonly string[]>])[] = [
    ['a home without a merge', 'ERR_NO_MERGE', /no merge is kept there; run the node/, async () => ['export', '--home', await newHome('fresh', 1e-3), '--format', 'peft', '--out', join(dir, 'x')]],
    ['a merge that is not kept', 'ERR_INVALID_FILE', /0{64}\.safetensors: cannot be read/, () => Promise.resolve(['export', '--home', home, '--format', 'peft', '--merge', '0'.repeat(64), '--out', join(dir, 'x')])],
    ['a state of another charter', 'ERR_INVALID_FILE', /lora_B: expected \[24, 3\], got \[24, 2\].*give a state of this charter/, async () => ['export', '--home', await newHome('wider', 1e-3, { ...lora, rank: 3 }), '--format', 'onnx', '--state', join(dir, 'imported.safetensors'), '--out', join(dir, 'x')]],
    ['an adapter of another rank', 'ERR_ADAPTER_DIRECTORY', /its rank is 2, the charter's adapter needs 4/, async () => ['import', join(dir, 'adapter'), '--home', await newHome('wide', 1e-3, { ...lora, rank: 4 }), '--out', join(dir, 'y')]],
    ['an adapter between another seed’s frozen factors', 'ERR_ADAPTER_FORM', /its A is not the frozen A/, async () => ['import', join(dir, 'adapter'), '--home', await newHome('seeded', 1e-3, { ...lora, seed: 'other' }), '--out', join(dir, 'y')]],
  ] // prettier-ignore
  for (const [what, code, message, args] of bad) {
    test(what, async () => {
      const outcome = json(...(await args()))
      const error = outcome.value.error as { code: string; message: string }
      assert.equal(outcome.code, 2)
      assert.equal(error.code, code)
      assert.match(error.message, message)
      await assert.rejects(readFile(join(dir, 'y')), /ENOENT/, 'nothing is written')
    })
  }

  test('a node that is to start from a broken state, or to train more heads than there are', async () => {
    const file = join(dir, 'broken.safetensors')
    await writeFile(file, 'nothing')
    await assert.rejects((await createNode({ home, state: file })).start(), { code: 'ERR_INVALID_FILE', message: /broken\.safetensors: cannot be read as a state/ }) // prettier-ignore
    const other = await newHome('budget', 1e-3, { kind: 'ravan', heads: 3, rank: 2, alpha: 1, seed: 's' })
    const config = JSON.parse(await readFile(homePaths(other).config, 'utf8')) as object
    await writeFile(homePaths(other).config, JSON.stringify({ ...config, training: { heads: { count: 4, score: 'weight' } } })) // prettier-ignore
    await assert.rejects((await createNode({ home: other })).start(), { code: 'ERR_INVALID_FILE', message: /training\.heads\.count: expected at most 3, got 4/ }) // prettier-ignore
  })

  test('a node with a budget contributes as many heads of every module', async () => {
    const weak = await newHome('weak', 1e-2, { kind: 'ravan', heads: 3, rank: 2, alpha: 1, seed: 's' })
    const config = JSON.parse(await readFile(homePaths(weak).config, 'utf8')) as object
    await writeFile(homePaths(weak).config, JSON.stringify({ ...config, training: { heads: { count: 1, score: 'random' } } })) // prettier-ignore
    await runUntilDone(weak)
    const [merge] = await mergesIn(weak)
    const { adapter } = await loadState(join(homePaths(weak).merges, merge!))
    const trained = [...adapter].filter(([, { data }]) => data.some((value) => value !== 0))
    const modules = new Set([...adapter.keys()].map((name) => name.replace(/\/head\.\d+$/, '')))
    assert.equal(trained.length, modules.size, 'one head of every module has moved')
    assert.equal(adapter.size, 3 * modules.size)
  })
})
