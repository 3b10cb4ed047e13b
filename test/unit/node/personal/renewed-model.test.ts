import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tensor } from '../../../../src/merge/index.ts'
import type { EvaluateResult, SiteTrainer } from '../../../../src/training/index.ts'
import type { NodeEvent } from '../../../../src/node/node-event.ts'
import type { FedAltState } from '../../../../src/node/personal/personal-state.ts'
import { RenewedModel, type RenewedModelInit } from '../../../../src/node/personal/renewed-model.ts'
import type { StoredContribution } from '../../../../src/node/types.ts'

const tensor = (...data: number[]): Tensor => ({ shape: [data.length], data: Float32Array.from(data) })
const classifier = { weight: tensor(0), bias: tensor(0) }

/** A model whose one number tells it from others. */
function model(number: number, rest: readonly string[]): FedAltState {
  const mixture = { kind: 'mixture', own: { kind: 'lora', rank: 1, alpha: 1, trains: 'AB', seed: 's' }, restRank: 1, seed: 's' } as const // prettier-ignore
  const state = { adapter: new Map([['mixer/m', tensor(number)]]), classifier }
  return { method: 'fedalt', state, mixture, rest, trainings: 2, generation: 3, met: rest }
}

interface Given {
  /** Right answers of the model before and of the renewed one; null: nothing is held out. */
  readonly right: { readonly before: number; readonly after: number } | null
  /** Whose contributions count no more. */
  readonly gone?: readonly string[]
  /** @default that of the renewed one */
  readonly number?: number
}

/** Renews a model of `mill` and `press` beside a newer contribution of `mill`; contributions are called by their authors. */
async function renewed({ right, gone = [], number = 2 }: Given) {
  let file = model(1, ['mill', 'press'])
  const declined: (readonly string[])[] = []
  const events: NodeEvent[] = []
  const offered: unknown[] = []
  const members = ['foundry', 'mill', 'press'].map((name) => ({ id: name, name }))
  const site = {
    identity: { peer: 'foundry' },
    roster: { members, former: [], counts: ({ peer }: { peer: string }) => !gone.includes(peer) },
    paths: { personal: import.meta.filename },
  }
  const heldOut = { classCounts: [right === null ? 0 : 60] }
  const init = {
    site,
    store: { get: (id: string) => ({ header: { peer: id.replace('-2', '') } }) as StoredContribution },
    merge: { newest: undefined },
    trainer: { use: (_: AbortSignal, job: (trainer: SiteTrainer, work: object) => unknown) => job({ sites: [{ heldOut }] } as never, {}) }, // prettier-ignore
    results: {
      evaluate: (_: unknown, models: readonly unknown[]) =>
        Promise.resolve([right!.after, right!.before].slice(0, models.length).map((correct) => ({ correct, count: 60 }) as EvaluateResult)), // prettier-ignore
    },
    hub: { emit: (event: NodeEvent) => events.push(event) },
    serving: { consider: (candidate: unknown) => Promise.resolve(void offered.push(candidate)) },
    problems: { failed: () => assert.fail() },
    kept: {
      progress: undefined,
      load: () => Promise.resolve(file),
      save: (next: FedAltState) => Promise.resolve(void (file = next)),
      decline: (_: FedAltState, met: readonly string[]) => Promise.resolve(void declined.push(met)),
    },
    again: () => Promise.resolve(model(number, gone.includes('press') ? ['mill-2'] : ['mill-2', 'press'])),
  } as unknown as RenewedModelInit<FedAltState>
  await new RenewedModel(init).renew(['mill-2', 'press'], new AbortController().signal)
  const [event] = events
  return { file, declined, event, offered: offered.length }
}

test('a renewed model that serves the site as well takes the place of the one before, and is told and offered', async () => {
  const { file, event, offered } = await renewed({ right: { before: 50, after: 50 } })
  assert.deepEqual(file, { ...model(2, ['mill-2', 'press']), met: ['mill-2', 'press'] })
  const renewal = { outcome: 'taken', before: 50, gone: [] }
  assert.deepEqual(event, { type: 'personal', samples: 60, personal: 50, merged: null, others: ['mill', 'press'], renewal, offered: 'personal' }) // prettier-ignore
  assert.equal(offered, 1)
})

test('one that serves it worse is declined: all stays, and what has been met is noted, so that it is not tried again', async () => {
  const { file, declined, event, offered } = await renewed({ right: { before: 50, after: 49 } })
  assert.deepEqual(file, model(1, ['mill', 'press']))
  assert.deepEqual(declined, [['mill-2', 'press']])
  assert.ok(event?.type === 'personal' && event.renewal?.outcome === 'declined' && event.personal === 49)
  assert.equal(offered, 0)
})

test('what is made of contributions that count no more is not kept, however well it serves', async () => {
  const { file, event } = await renewed({ right: { before: 50, after: 40 }, gone: ['press'] })
  assert.deepEqual(file.rest, ['mill-2'])
  assert.ok(event?.type === 'personal')
  assert.deepEqual(event.renewal, { outcome: 'obliged', before: 50, gone: ['press'] })
})

test('where nothing is held out there is nothing to decide by: the newer one is taken', async () => {
  const { file, event } = await renewed({ right: null })
  assert.deepEqual([file.rest, event], [['mill-2', 'press'], undefined])
})

test('a renewed model in which a number is not one is refused, and nothing is kept of it', async () => {
  await assert.rejects(renewed({ right: { before: 0, after: 60 }, number: NaN }), /mixer\/m/)
})
