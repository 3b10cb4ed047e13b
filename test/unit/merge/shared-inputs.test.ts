import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { expectedTensors } from '../../../src/merge/format/contribution-tensors.ts'
import { gramName } from '../../../src/merge/format/gram-tensors.ts'
import { mergeContributions } from '../../../src/merge/merge.ts'
import type { GramSpec, MergeSpec, Tensor } from '../../../src/merge/types.ts'
import { admit, CHARTER, LORA, makeContribution, makeSpec } from './fixtures.ts'

const query = { name: 'layer.0.query', in: 8, out: 5 }
const value = { name: 'layer.0.value', in: 8, out: 9 }
const other = { name: 'layer.1.query', in: 8, out: 5 }
const adapter = { ...LORA, trains: 'A' } as const
const spec = (grams: GramSpec, shared: boolean): MergeSpec =>
  makeSpec({
    adapter,
    grams,
    ridge: 1e-2,
    modules: [query, shared ? { ...value, input: query.name } : value, other],
  })

describe('modules that share an input', () => {
  for (const grams of [{ form: 'full' }, { form: 'diagonal' }, { form: 'top-k', k: 3 }] as const) {
    it(`send its ${grams.form} Gram once, and are merged as if each had sent it`, () => {
      const [once, twice] = [spec(grams, true), spec(grams, false)]
      const contributions = ['a', 'b', 'c'].map((peer) => {
        const made = makeContribution({ spec: once, peer })
        const view = admit(once, made)
        const repeated = Object.fromEntries(
          [...expectedTensors(twice, 'adapter').keys()].map((name): [string, Tensor] => [
            name,
            view.tensor(name.replace(gramName(value.name), gramName(query.name))),
          ]),
        )
        const again = makeContribution({ spec: twice, peer, tensors: repeated })
        assert.ok(made.payload.length < again.payload.length)
        return [view, { ...admit(twice, again), id: view.id }] as const
      })
      const merged = (which: 0 | 1) =>
        mergeContributions(
          [once, twice][which]!,
          { charter: CHARTER },
          contributions.map((pair) => pair[which]),
        )
      assert.deepEqual([...merged(0).adapter], [...merged(1).adapter])
      assert.notEqual(merged(0).digests.merge, merged(1).digests.merge, 'the charter is another one')
    })
  }

  it('each send a projected one, as their frozen factors differ', () => {
    const projected = makeSpec({ modules: [query, { ...value, input: query.name }] })
    const names = [...expectedTensors(projected, 'adapter').keys()].filter((name) => name.startsWith('gram/'))
    assert.deepEqual(names, [gramName(query.name), gramName(value.name)])
  })

  it('must name an earlier module that is as wide and names none', () => {
    const wrong: readonly (readonly [readonly MergeSpec['modules'][number][], string])[] = [
      [[query, { ...value, input: 'layer.9.query' }], 'modules.1.input'],
      [[{ ...query, input: value.name }, value], 'modules.0.input'],
      [[{ ...query, input: query.name }], 'modules.0.input'],
      [[query, { ...value, in: 7, input: query.name }], 'modules.1.input'],
      [[query, { ...value, input: query.name }, { ...other, input: value.name }], 'modules.2.input'],
    ]
    for (const [modules, field] of wrong) {
      assert.throws(
        () => makeSpec({ modules }),
        (error: { detail: { field: string } }) => error.detail.field === field,
      )
    }
  })
})
