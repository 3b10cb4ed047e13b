import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { promisify } from 'node:util'
import { openBackbone, resolveTargetModules, spawnTrainer } from '../../../src/training/index.ts'

const data = process.env['PEERMERGE_DATA']
const classes = ['dog', 'elephant', 'giraffe', 'guitar', 'horse', 'house', 'person']

it(
  'a site of photographs learns its own domain with a pretrained ViT, and others less',
  { skip: data === undefined && 'PEERMERGE_DATA is not set' },
  async (test) => {
    const dir = await mkdtemp(join(tmpdir(), 'peermerge-pacs-'))
    test.after(() => rm(dir, { recursive: true, force: true }))
    await promisify(execFile)('tar', ['xzf', join(data!, 'pacs/pacs-small.tar.gz'), '-C', dir])
    const backbone = await openBackbone(join(data!, 'models/vit-tiny-patch16-224'))
    const modules = resolveTargetModules(backbone, ['query', 'value'])
    const adapter = { kind: 'lora', rank: 8, alpha: 16, trains: 'B', seed: 'charter' } as const
    const model = { backbone: backbone.dir, extent: 112, adapter, modules, classes: classes.length }
    const [photo, sketch] = ['photo', 'sketch'].map((domain) => ({
      path: join(dir, 'PACS', domain),
      classes,
      trainFraction: 0.7,
      splitSeed: '1',
    }))

    await using client = spawnTrainer()
    const trainer = await client.open({ model, data: [photo!], rule: 'lorm' })
    const options = { epochs: 2, batchSize: 32, learningRate: 2e-3, weightDecay: 0.01, seed: '1' }
    const work = trainer.train(null, options)
    let step = await work.next()
    for (; !step.done; step = await work.next()) {
      if (step.value.phase === 'train')
        test.diagnostic(`${step.value.samplesPerSecond.toFixed(1)} images a second`)
    }
    const judge = await client.open({ model, data: [photo!, sketch!], rule: 'lorm' })
    const [result] = await judge.evaluate([step.value.state], 'heldOut')
    const [own, foreign] = result!.perSite.map(({ correct, count }) => correct / count)
    test.diagnostic(`own domain ${own}, sketches ${foreign}`)
    assert.ok(own! > 0.9 && foreign! < own! - 0.3)
  },
)
