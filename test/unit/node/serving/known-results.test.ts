import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KnownResults, type NamedModel } from '../../../../src/node/serving/known-results.ts'
import type { EvaluatedModel, EvaluateResult, SiteTrainer } from '../../../../src/training/index.ts'

const trainer = (): SiteTrainer => ({}) as unknown as SiteTrainer

/** Remembers the digests of all that was evaluated. */
function known() {
  const results = new KnownResults()
  const evaluated: string[] = []
  const ask = async (one: SiteTrainer, digests: string[], rows?: number[]): Promise<string[]> => {
    const models = digests.map((digest): NamedModel => ({ digest, load: () => Promise.resolve({ digest } as unknown as EvaluatedModel) })) // prettier-ignore
    const found = await results.of(one, models, rows, (left) => {
      const names = left.map((model) => (model as unknown as { digest: string }).digest)
      evaluated.push(...names)
      return Promise.resolve(names.map((name) => ({ name }) as unknown as EvaluateResult))
    })
    return found.map((result) => (result as unknown as { name: string }).name)
  }
  return { ask, evaluated }
}

test('what was found stays with its model, and what is served is not evaluated again for each candidate', async () => {
  const { ask, evaluated } = known()
  const one = trainer()
  assert.deepEqual(await ask(one, ['b', 'a']), ['b', 'a'])
  assert.deepEqual(await ask(one, ['c', 'b']), ['c', 'b'])
  assert.deepEqual(await ask(one, ['c', 'b']), ['c', 'b'])
  assert.deepEqual(evaluated, ['b', 'a', 'c'])
})

test('other rows and another trainer, whose samples may have another order, begin anew', async () => {
  const { ask, evaluated } = known()
  const one = trainer()
  await ask(one, ['a'])
  await ask(one, ['a'], [0, 1])
  await ask(trainer(), ['a'], [0, 1])
  assert.deepEqual(evaluated, ['a', 'a', 'a'])
})
