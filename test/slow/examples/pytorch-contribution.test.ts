import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import {
  encodeEnvelope,
  generateIdentity,
  identityToBytes,
  signEnvelope,
  type Identity,
} from '../../../src/gossip/index.ts'
import {
  memorySource,
  openSafetensors,
  type AdapterSpec,
  type Safetensors,
  type TensorMap,
} from '../../../src/merge/index.ts'
import { assembleContribution } from '../../../src/node/assemble-contribution.ts'
import { buildCharter, describeBackbone, type CharterOptions } from '../../../src/node/build-charter.ts'
import { formatCharter, modelSpecOf, type Charter } from '../../../src/node/charter.ts'
import { readContributionFile, writeContributionFile } from '../../../src/node/contribution-file.ts'
import { charterDigest } from '../../../src/node/charter.ts'
import { inspectFile } from '../../../src/node/inspect/inspect-file.ts'
import { rulesOf } from '../../../src/node/consortium-rules.ts'
import { formatClaim } from '../../../src/node/merge-claim.ts'
import { mergeBytes } from '../../../src/node/merge-files.ts'
import { mergeFiles } from '../../../src/node/offline.ts'
import { BUILT_IN_BACKBONE, writeSurfaceSite, SURFACE_CLASSES } from '../../../src/training/index.ts'
import type { SiteTrainer } from '../../../src/training/index.ts'
import { createSiteTrainer } from '../../../src/training/trainer.ts'
import { assertClose } from '../../helpers/assert-close.ts'

const python = process.env['PEERMERGE_PYTHON']
const NEEDED = ['torch', 'transformers', 'safetensors', 'cryptography']

function skipWithout(needed: readonly string[]): string | false {
  if (python === undefined)
    return 'PEERMERGE_PYTHON is not set (a Python with the packages of examples/pytorch-contribution)'
  const missing = needed.filter((name) => spawnSync(python, ['-c', `import ${name}`]).status !== 0)
  return missing.length > 0 && `PEERMERGE_PYTHON lacks ${missing.join(', ')}`
}

const SCRIPT = join(import.meta.dirname, '../../../examples/pytorch-contribution/contribute.py')
const TINY_BERT = join(import.meta.dirname, '../../fixtures/tiny-bert')
const LORA: AdapterSpec = {
  kind: 'lora',
  rank: 4,
  alpha: 8,
  scaling: 'rslora',
  trains: 'B',
  seed: 'two worlds',
}

let dir = ''
const at = (...parts: string[]): string => join(dir, ...parts)
const run = (...args: string[]): string =>
  execFileSync(python!, [SCRIPT, ...args], {
    encoding: 'utf8',
    env: { ...process.env, HF_HUB_OFFLINE: '1', TRANSFORMERS_VERBOSITY: 'error' },
  })

interface Case {
  /** Packages of Python. */
  readonly needed: readonly string[]
  readonly backbone: string
  readonly targets: readonly string[]
  readonly classes: readonly string[]
  readonly extent: Partial<CharterOptions>
  /** Well above that of the start. */
  readonly accuracy: number
  readonly data: () => Promise<{ own: string; theirs: string }>
}

const CASES: Readonly<Record<string, Case>> = {
  'images on the built-in backbone': {
    needed: [...NEEDED, 'PIL'],
    backbone: BUILT_IN_BACKBONE,
    targets: ['query', 'value', 'intermediate.dense'],
    classes: SURFACE_CLASSES,
    extent: {},
    accuracy: 0.8,
    data: async () => ({
      own: await writeSurfaceSite(at('images'), 0, { seed: 'own', count: 60, size: 64 }),
      theirs: await writeSurfaceSite(at('images'), 1, { seed: 'theirs', count: 60, size: 64 }),
    }),
  },
  'texts on BERT': {
    needed: NEEDED,
    backbone: TINY_BERT,
    targets: ['query', 'value', 'output.dense'],
    classes: ['no', 'yes'],
    extent: { maxTokens: 12 },
    accuracy: 0.6,
    data: async () => {
      const words = ['good', 'bad', 'cat', 'the', 'a', 'of', 'film', 'on']
      const text = (i: number): string =>
        Array.from({ length: 1 + ((i * 7) % 9) }, (_, j) => words[(i * 3 + j * 5) % 8]).join(' ')
      const rows = (from: number): string =>
        [
          'text,label',
          ...Array.from({ length: 24 }, (_, i) => `${text(from + i)},${i % 2 === 0 ? 'yes' : 'no'}`),
          '',
        ].join('\n')
      await writeFile(at('own.csv'), rows(0))
      await writeFile(at('theirs.csv'), rows(50))
      return { own: at('own.csv'), theirs: at('theirs.csv') }
    },
  },
}

for (const [what, one] of Object.entries(CASES)) {
  describe(`a PyTorch site: ${what}`, { skip: skipWithout(one.needed) }, () => {
    let identity: Identity
    let charter: Charter
    let trainer: SiteTrainer
    let own: string
    let theirs: Safetensors
    let data: { own: string; theirs: string }

    before(async () => {
      dir = await mkdtemp(join(tmpdir(), 'peermerge-pytorch-'))
      data = await one.data()
      identity = await generateIdentity()
      const peer = run('--key', at('site.key'), '--peer-id').trim()
      const members = [
        { id: identity.peer, name: 'own' },
        { id: peer, name: 'pytorch' },
      ]
      charter = buildCharter(
        {
          name: 'two worlds',
          classes: one.classes,
          members,
          adapter: LORA,
          targets: one.targets,
          classifier: { rule: 'counts' },
          training: { epochs: 2, batchSize: 16, learningRate: 5e-3, weightDecay: 0.01 },
          ...one.extent,
        },
        await describeBackbone(one.backbone),
      )
      await writeFile(at('charter.json'), formatCharter(charter))
      own = await ownContribution(data.own)
      run(...options('1'))
      theirs = await payloadOf(at('1.contribution'))
      trainer = await createSiteTrainer(trainerInit(data.theirs))
    })
    after(async () => {
      await trainer.close()
      await rm(dir, { recursive: true, force: true })
    })

    const options = (sequence: string): string[] => [
      '--key',
      at('site.key'),
      '--charter',
      at('charter.json'),
      '--backbone',
      one.backbone,
      '--data',
      data.theirs,
      '--sequence',
      sequence,
      '--out',
      at(`${sequence}.contribution`),
    ]

    function trainerInit(path: string) {
      return {
        model: modelSpecOf(charter, one.backbone),
        data: [{ path, classes: one.classes, trainFraction: 0.7, splitSeed: 's', heldOutPath: path }],
        rule: charter.rule,
        threads: 1,
      }
    }

    async function ownContribution(path: string): Promise<string> {
      const own = await createSiteTrainer(trainerInit(path))
      const work = own.train(null, { ...charter.training, seed: 'own' })
      let step = await work.next()
      while (!step.done) step = await work.next()
      await own.close()
      const { state, grams, count, classCounts } = step.value
      const tensors = new Map([
        ...state.adapter,
        ...grams,
        ['classifier/weight', state.classifier.weight],
        ['classifier/bias', state.classifier.bias],
      ])
      const { headerBytes, payload } = assembleContribution(charter, identity.peer, 1, {
        kind: 'adapter',
        generation: 1,
        task: null,
        base: null,
        anchor: null,
        count,
        classCounts,
        tensors,
      })
      await writeContributionFile(
        at('own.contribution'),
        encodeEnvelope(await signEnvelope(headerBytes, identity)),
        payload,
      )
      return at('own.contribution')
    }

    async function payloadOf(file: string): Promise<Safetensors> {
      return openSafetensors(memorySource((await readContributionFile(file, charterDigest(charter))).payload))
    }

    const adapterOf = (file: Safetensors): TensorMap =>
      new Map([...file.entries.keys()].filter((name) => name.startsWith('adapter/')).map((name) => [name, file.tensor(name)])) // prettier-ignore

    it('is admitted, and merges with the contribution of a node', async () => {
      const found = await inspectFile(at('1.contribution'), charter)
      assert.deepEqual(
        [found.verdict, found.signature, found.fields.member],
        [{ kind: 'accept' }, 'valid', 'pytorch'],
      )
      const { refused, summary, result } = await mergeFiles(charter, [own, at('1.contribution')])
      assert.deepEqual(refused, [])
      assert.equal(summary.contributors.length, 2)
      for (const [name, { data }] of result.adapter)
        assert.ok(data.every(Number.isFinite) && data.some((value) => value !== 0), name)
    })

    it('classifies its own samples in our runtime as well as it should', async () => {
      const classifier = {
        weight: theirs.tensor('classifier/weight'),
        bias: theirs.tensor('classifier/bias'),
      }
      const [scored] = await trainer.evaluate([{ adapter: adapterOf(theirs), classifier }], 'train')
      assert.ok(scored!.correct / scored!.count > one.accuracy, JSON.stringify(scored))
    })

    it('measures what our trainer measures under its adapter: A G Aᵀ of every module', async () => {
      const { grams, count } = await trainer.statistics(adapterOf(theirs), { kind: 'projected' })
      assert.equal(
        count,
        (await readContributionFile(at('1.contribution'), charterDigest(charter))).header.count,
      )
      assert.equal(grams.length, charter.modules.length)
      for (const { modules, gram } of grams) {
        assert.ok(gram.kind === 'projected')
        assertClose(theirs.tensor(`gram/${modules[0]!}`).data, gram.packed.data, 2e-5, modules[0]!)
      }
    })

    it('goes on from a bundle, one generation later', async () => {
      const { result, spec, summary } = await mergeFiles(charter, [own, at('1.contribution')])
      await writeFile(at('merge.json'), formatClaim(rulesOf(charter), summary))
      await writeFile(at('merge.safetensors'), mergeBytes(result, { charter: charterDigest(charter), spec }))
      run(...options('2'), '--start', dir)
      const { header } = await readContributionFile(at('2.contribution'), charterDigest(charter))
      assert.deepEqual([header.generation, header.base, header.sequence], [2, summary.digest, 2])
      const merged = await mergeFiles(charter, [own, at('1.contribution'), at('2.contribution')])
      assert.deepEqual([merged.refused, merged.summary.cut.length], [[], 2])
    })

    it('signs with the key of a home, too, and a stranger is told what to do', async () => {
      await writeFile(at('identity.key'), identityToBytes(identity))
      assert.equal(run('--key', at('identity.key'), '--peer-id').trim(), identity.peer)
      const stranger = spawnSync(python!, [SCRIPT, ...options('3'), '--key', at('stranger.key')], {
        encoding: 'utf8',
      })
      assert.notEqual(stranger.status, 0)
      assert.match(stranger.stderr, /is no member; send this peer id to the founder/)
      assert.equal((await readFile(at('stranger.key'))).length, 68)
    })
  })
}
