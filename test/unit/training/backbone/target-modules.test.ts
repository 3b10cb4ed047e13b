import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import type { Backbone } from '../../../../src/training/backbone/backbone.ts'
import { openBackbone } from '../../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../../src/training/backbone/target-modules.ts'
import { patterns } from '../../../../src/node/cli/options.ts'

const fixtures = join(import.meta.dirname, '../../../fixtures')
let bert: Backbone

before(async () => {
  bert = await openBackbone(join(fixtures, 'tiny-bert'))
})

/** Names that patterns choose of a model of twelve layers, without what all of them begin with. */
function chosen(...wanted: string[]): string[] {
  const layers = Array.from({ length: 12 }, (_, layer) =>
    bert.linears
      .filter(({ name }) => name.includes('.layer.0.'))
      .map((linear) => ({ ...linear, name: linear.name.replace('.layer.0.', `.layer.${layer}.`) })),
  )
  return resolveTargetModules({ linears: layers.flat() }, wanted).map(({ name }) =>
    name.replace('bert.encoder.layer.', ''),
  )
}

describe('patterns of target modules', () => {
  it('choose layers by their number', () => {
    assert.deepEqual(chosen('layer.5.attention.self.query'), ['5.attention.self.query'])
    assert.deepEqual(chosen('encoder.layer.{4,11}.*.query'), [
      '4.attention.self.query',
      '11.attention.self.query',
    ])
    assert.deepEqual(chosen('layer.{9..11}.*.value').length, 3)
    assert.deepEqual(chosen('layer.{0,9..11}.*.value').length, 4)
    assert.deepEqual(chosen('layer.1.*').length, 6)
  })

  it('match whole parts of a name, each layer once and in the order of the backbone', () => {
    assert.equal(chosen('query').length, 12)
    assert.equal(chosen('{value,query}', 'query', 'layer.3.*')[0], '0.attention.self.query')
    assert.equal(chosen('{value,query}', 'query', 'layer.3.*').length, 24 + 4)
    assert.equal(chosen('output.dense').length, 24)
    assert.equal(chosen('attention.output.dense').length, 12)
    assert.equal(chosen('att*.dense').length, 12)
    assert.equal(chosen('*').length, 72)
    assert.equal(chosen('{que*,val*}').length, 24)
  })

  it('that match nothing are refused with what there is', () => {
    for (const pattern of ['uery', 'layer.12.*', 'layer.1', 'quer', 'layer.{12..15}.*.query', 'q_proj']) {
      assert.throws(() => chosen('query', pattern), {
        code: 'ERR_NO_SUCH_MODULE',
        message: /\(layers 0 to 11\) ends in ".*"; available: attention.self.query, .*, output.dense$/,
      })
    }
  })

  it('that cannot be read are refused with how to write one', () => {
    for (const pattern of [
      'layer.{4',
      'layer.4}.query',
      'a,b',
      'layer.{}.query',
      'layer.{4,}.query',
      'layer.{7..4}.*',
      'layer.{a..c}.*',
      'layer[45]',
      'a b',
      '(a+)+$',
      'layer.{4,{5}}',
    ]) {
      assert.throws(
        () => chosen(pattern),
        { code: 'ERR_TARGET_PATTERN', message: /write the end of a name/ },
        pattern,
      )
    }
  })

  it('have a default for every family', async () => {
    for (const [name, count] of [
      ['tiny-vit', 4],
      ['tiny-deit', 4],
      ['tiny-bert', 4],
      ['tiny-llama', 4],
    ] as const) {
      const backbone = await openBackbone(join(fixtures, name))
      assert.equal(resolveTargetModules(backbone, backbone.defaultTargets).length, count, name)
    }
  })

  it('are a list on the command line, with commas inside braces left alone', () => {
    assert.deepEqual(patterns('layer.{4,5}.*.query, value,,{a,b}'), ['layer.{4,5}.*.query', 'value', '{a,b}'])
  })
})
