import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../src/training/backbone/target-modules.ts'
import { spawnTrainer } from '../../../src/training/process/spawn-trainer.ts'
import { createSiteTrainer } from '../../../src/training/trainer.ts'
import type {
  SiteTrainerInit,
  TrainerClient,
  TrainOptions,
  TrainProgress,
} from '../../../src/training/types.ts'
import { CLASSES, syntheticSite, TINY_VIT } from '../../fixtures/synthetic-site.ts'
import type { SyntheticSite } from '../../fixtures/synthetic-site.ts'
import { waitFor } from '../../helpers/wait-for.ts'

const OPTIONS: TrainOptions = {
  epochs: 2,
  batchSize: 8,
  learningRate: 0.01,
  weightDecay: 0.01,
  seed: 'train',
}

let site: SyntheticSite
let init: SiteTrainerInit
before(async () => {
  site = await syntheticSite({ across: 12, down: 11, plain: 4 })
  const modules = resolveTargetModules(await openBackbone(TINY_VIT), ['dense'])
  const adapter = { kind: 'lora', rank: 2, alpha: 2, trains: 'B', seed: 'charter' } as const
  init = {
    model: { backbone: TINY_VIT, extent: 32, adapter, modules, classes: CLASSES.length },
    data: [site.data],
    rule: 'lorm',
    threads: 1,
  }
})
after(() => site.remove())

/** A client whose process id is known. */
function start(): { client: TrainerClient; pid: number } {
  let pid = 0
  const note = (fields: object): void => {
    if ('pid' in fields) pid = Number(fields.pid)
  }
  const client = spawnTrainer({ logger: { debug: note, warn: note } })
  return { client, pid }
}

describe('a trainer in its own process', () => {
  it('says what processor time and memory it uses, and keeps the last of it when it has ended', async () => {
    const client = spawnTrainer()
    assert.deepEqual(client.usage, { cpuMs: 0, memoryBytes: 0 })
    await client.open(init)
    await waitFor('its usage', 60_000, () => (client.usage.cpuMs > 0 ? true : undefined))
    assert.ok(client.usage.memoryBytes > 2 ** 24 && client.usage.memoryBytes <= (await client.peakMemory()))
    await client.close()
    assert.ok(client.usage.cpuMs > 0)
  })

  it('gives what a trainer in this process gives', async () => {
    await using client = spawnTrainer()
    const loaded: TrainProgress[] = []
    const remote = await client.open(init, { onProgress: (step) => loaded.push(step) })
    const local = await createSiteTrainer(init)
    assert.deepEqual(remote.sites, local.sites)
    assert.deepEqual([loaded.at(-1)?.phase, loaded.at(-1)?.done, loaded.at(-1)?.total], ['load', 27, 27])

    const results = []
    for (const trainer of [remote, local]) {
      const work = trainer.train(null, OPTIONS)
      const done: number[] = []
      let step = await work.next()
      for (; !step.done; step = await work.next()) done.push(step.value.done)
      const measured = await trainer.measure(step.value.state.adapter)
      const evaluated = await trainer.evaluate([step.value.state], 'heldOut')
      results.push({ done, trained: step.value, measured, evaluated })
      await trainer.close()
    }
    assert.deepEqual(results[0], results[1])
    await assert.rejects(remote.measure(null), { code: 'ERR_TRAINER_CLOSED' })
  })

  it('stops within a second when aborted or left, and takes other work', async () => {
    await using client = spawnTrainer()
    const trainer = await client.open(init)
    const controller = new AbortController()
    const work = trainer.train(null, { ...OPTIONS, epochs: 100_000 }, { signal: controller.signal })
    await work.next()
    const started = performance.now()
    controller.abort(new Error('enough'))
    await assert.rejects(async () => {
      while (!(await work.next()).done);
    }, /enough/)
    assert.ok(performance.now() - started < 1000, `took ${performance.now() - started} ms`)
    for await (const { phase } of trainer.train(null, { ...OPTIONS, epochs: 100_000 }))
      if (phase === 'train') break
    assert.equal((await trainer.evaluate([], 'heldOut')).length, 0) // its turn comes when the others have stopped
    assert.ok(performance.now() - started < 5000, `free again after ${performance.now() - started} ms`)
  })

  it('carries errors over by their code', async () => {
    await using client = spawnTrainer()
    const data = [{ ...site.data, path: join(site.dir, 'nowhere') }]
    await assert.rejects(client.open({ ...init, data }), { code: 'ERR_DATA_MISSING', message: /nowhere/ })
    const trainer = await client.open(init)
    const work = trainer.train(null, { ...OPTIONS, learningRate: 1e30 })
    await assert.rejects(
      async () => {
        while (!(await work.next()).done);
      },
      (error: Error & { code?: string; lastGood?: object }) => {
        assert.equal(error.code, 'ERR_DIVERGED')
        assert.ok(error.lastGood)
        return true
      },
    )
  })

  it('fails what waits and what comes when it is killed', async () => {
    const { client, pid } = start()
    const trainer = await client.open(init)
    const work = trainer.train(null, { ...OPTIONS, epochs: 100_000 })
    await work.next()
    process.kill(pid, 'SIGKILL')
    await assert.rejects(
      async () => {
        while (!(await work.next()).done);
      },
      { code: 'ERR_TRAINER_EXITED', message: /signal SIGKILL/ },
    )
    await assert.rejects(trainer.measure(null), { code: 'ERR_TRAINER_EXITED' })
    await client.close()
    await client.close()
  })

  it('ends on close, whatever it does', async () => {
    const { client, pid } = start()
    const trainer = await client.open(init)
    const work = trainer.train(null, { ...OPTIONS, epochs: 100_000 })
    await work.next()
    await client.close()
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
    await assert.rejects(
      async () => {
        while (!(await work.next()).done);
      },
      { code: 'ERR_TRAINER_EXITED', message: /closed/ },
    )
  })

  it('ends when its parent is killed', async () => {
    const parent = spawn(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, '../../fixtures/trainer-parent.ts')],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const [line] = (await once(parent.stdout, 'data', { signal: AbortSignal.timeout(30_000) })) as [Buffer]
    const { pid } = JSON.parse(line.toString()) as { pid: number }
    assert.doesNotThrow(() => process.kill(pid, 0))
    parent.kill('SIGKILL')
    await gone(pid, 10_000)
  })
})

/** Waits until no process has this id. */
async function gone(pid: number, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await delay(20)
  }
  assert.fail(`process ${pid} is still there after ${timeoutMs} ms`)
}
