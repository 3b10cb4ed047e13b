import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLASSIFIER_WEIGHT, isPersonal, maskName, type Tensor } from '../../../src/merge/index.ts'
import type { ModelState } from '../../../src/training/index.ts'
import { loadPersonal } from '../../../src/node/personal/personal-file.ts'
import type { FedSelectState } from '../../../src/node/personal/personal-state.ts'
import type { PersonalExplanation } from '../../../src/node/personal/explain-personal.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { assertClose } from '../../helpers/assert-close.ts'
import { peermerge } from '../../helpers/node/run-program.ts'
import { contributionsOf, type Sent } from './contribution-payloads.ts'
import { runToOneMerge, threeSites } from './three-sites.ts'

const SHARE = 0.25
const LIMIT = 0.3
const TRAININGS = 4
/** A weak site trains and sends one head of two at every layer. */
const ONE_HEAD = { training: { heads: { count: 1, score: 'weight' } } } as const
const ADAPTERS = [
  { kind: 'lora', rank: 2, alpha: 4, trains: 'AB', seed: 's' },
  { kind: 'ravan', heads: 2, rank: 3, alpha: 1, seed: 's' },
] as const

const bits = ({ payload }: Sent, name: string): boolean[] => {
  const mask = payload.bytes(maskName(name))
  return Array.from(payload.tensor(name).data, (_, i) => isPersonal(mask, i))
}
const personalIn = (mask: readonly boolean[]): number => mask.filter(Boolean).length

const tensorOf = ({ adapter, classifier }: ModelState, name: string): Tensor =>
  name === CLASSIFIER_WEIGHT ? classifier.weight : adapter.get(name)!

/** Of every peer the contribution with the highest number. */
function newestOf(sent: readonly Sent[]): readonly Sent[] {
  const newest = new Map<string, Sent>()
  for (const one of sent)
    if (one.header.sequence > (newest.get(one.header.peer)?.header.sequence ?? 0)) newest.set(one.header.peer, one) // prettier-ignore
  return [...newest.values()]
}

/** The mean of every entry over the sites that share it, of the classifier by samples of the row's class, in float64; undefined where none does. */
function meanOfSharers(sent: readonly Sent[], name: string): (number | undefined)[] {
  const last = newestOf(sent.filter(({ payload }) => payload.entries.has(name)))
  const masks = last.map((one) => bits(one, name))
  return masks[0]!.map((_, i) => {
    const weights = last.map(({ header, payload }, site) => {
      if (masks[site]![i]) return 0
      return name === CLASSIFIER_WEIGHT
        ? header.classCounts[Math.floor(i / payload.tensor(name).shape[1]!)]!
        : 1
    })
    const total = weights.reduce((all, weight) => all + weight, 0)
    const sum = last.reduce((all, { payload }, k) => all + weights[k]! * payload.tensor(name).data[i]!, 0)
    return total === 0 ? undefined : sum / total
  })
}

for (const adapter of ADAPTERS) {
  test(
    `FedSelect over three nodes, ${adapter.kind}: what moves most stays at home from then on, and the merge is the mean of those who share`,
    { timeout: 180_000 },
    async () => {
      const charter = {
        adapter,
        rule: 'fedselect',
        classifier: { rule: 'counts' },
        contributionsPerTask: TRAININGS,
        personal: { method: 'fedselect', every: 1, share: SHARE, limit: LIMIT },
      } as const
      const sites = await threeSites(charter, (site) =>
        adapter.kind === 'ravan' && site === 2 ? ONE_HEAD : {},
      )
      const nodes: PeermergeNode[] = []
      try {
        const statuses = await runToOneMerge(sites, nodes, 3 * TRAININGS)
        for (const { problems } of statuses) assert.deepEqual(problems, [])
        const merged = nodes[0]!.merged()!
        for (const node of nodes) await node.stop()

        const sent = [...(await contributionsOf(sites.paths[1]!)).values()].filter(({ header }) => header.kind === 'adapter') // prettier-ignore
        const last = newestOf(sent)
        const names = [...new Set(last.flatMap(({ payload }) => [...payload.entries.keys()]))].filter(
          (name) => name.startsWith('adapter/') || name === CLASSIFIER_WEIGHT,
        )
        for (const name of names) {
          const mean = meanOfSharers(sent, name)
          const { data } = tensorOf(merged, name)
          assertClose([...data].filter((_, i) => mean[i] !== undefined), mean.filter((one) => one !== undefined), 1e-6, name) // prettier-ignore
        }
        for (const [site, paths] of sites.paths.entries()) {
          const kept = (await loadPersonal(paths.personal)) as FedSelectState
          const own = last.find((one) => isOf(kept, one))
          assert.ok(own, 'masks that a site keeps are those that it has sent')
          assert.deepEqual([kept.trainings, kept.growths.map((one) => one.trainings)], [TRAININGS, [2, 3]])
          const sends = names.filter((name) => own.payload.entries.has(name))
          const isWeak = adapter.kind === 'ravan' && site === 2
          assert.equal(sends.length < names.length, isWeak)
          for (const name of sends) {
            const mask = kept.selection.masks.get(name)!
            const whole = tensorOf(kept.state, name).data
            const left: readonly number[] = [...own.payload.tensor(name).data]
            if (kept.base === own.header.base) assert.deepEqual(left, [...whole].map((value, i) => (mask[i]! ? 0 : value))) // prettier-ignore
            else assert.ok(left.every((value, i) => !mask[i]! || value === 0), 'a renewed model goes on from another merge') // prettier-ignore
            assert.ok(isWeak || [...whole].some((value, i) => mask[i]! && value !== 0), 'what is personal is there') // prettier-ignore
          }
          if (!isWeak) assertGrowth(names, sent.filter((one) => one.header.peer === own.header.peer)) // prettier-ignore
        }
        assertExplained(sites.paths[0]!.root, names)
      } finally {
        for (const node of nodes) await node.stop()
        await sites.remove()
      }
    },
  )
}

/** Whether a contribution has the masks of what a site keeps. */
function isOf({ selection }: FedSelectState, sent: Sent): boolean {
  return [...selection.masks].every(
    ([name, mask]) => !sent.payload.entries.has(name) || bits(sent, name).join() === mask.join(),
  )
}

/** Of what is still held: nothing in the first two contributions, a quarter in the third, a quarter of the others besides in the fourth. */
function assertGrowth(names: readonly string[], sent: readonly Sent[]): void {
  for (const name of names) {
    for (const one of sent) {
      const [mask, { sequence }] = [bits(one, name), one.header]
      const quarter = mask.length - Math.floor((1 - SHARE) * mask.length)
      const more = quarter + Math.floor(SHARE * (mask.length - quarter))
      const expected = [0, 0, quarter, more][sequence - 1]! // but for ties and roundings
      const count = personalIn(mask)
      assert.ok(
        Math.abs(count - expected) <= (sequence < 3 ? 0 : 2),
        `${name}, ${sequence}: ${count} of ${mask.length}`,
      )
    }
  }
}

function assertExplained(home: string, names: readonly string[]): void {
  const { code, stdout } = peermerge('explain', '--home', home, '--json')
  assert.equal(code, 0, stdout)
  const found = JSON.parse(stdout) as PersonalExplanation
  assert.ok(found.method === 'fedselect')
  assert.deepEqual(found.models.map(({ model }) => model), ['frozen', 'merged', 'personal']) // prettier-ignore
  assert.deepEqual([...found.tensors].sort(), [...names].sort())
  for (const { shares } of found.growths)
    for (const name of names) assert.ok(shares[name]! >= SHARE - 0.1 && shares[name]! < 1)
}
