import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawCharts } from '../../../../src/node/charts/draw-charts.ts'
import type { PersonalExplanation } from '../../../../src/node/personal/explain-personal.ts'
import { explanationChart } from '../../../../src/node/personal/explanation-chart.ts'

const models = { classes: ['bent', 'round'], models: [], serving: null } as const
const FOUND: readonly PersonalExplanation[] = [
  { ...models, method: 'fedalt', rest: ['id'], trust: [{ module: 'layer.0.query', perClass: [0.25, null] }] },
  {
    ...models,
    method: 'fedselect',
    trainings: 5,
    base: null,
    tensors: ['adapter/layer.0.query/lora_B'],
    growths: [{ trainings: 4, shares: { 'adapter/layer.0.query/lora_B': 0.25 } }],
  },
  {
    ...models,
    models: [
      {
        model: 'personal',
        correct: 3,
        count: 4,
        perClass: [
          { correct: 3, count: 4 },
          { correct: 0, count: 0 },
        ],
      },
    ],
    method: 'means',
    base: 'digest',
    strength: 16,
    temperature: null,
    statistics: ['id'],
  },
]

test('an explanation is drawn with a square for everything that is known, labelled with its share', async () => {
  const [trust, selected, right] = await Promise.all(
    FOUND.map(async (found) => (await drawCharts([{ file: 'p.svg', spec: explanationChart(found) }])).get('p.svg')!), // prettier-ignore
  )
  const labels = (svg: string): string[] => [...svg.matchAll(/aria-label="([^"]*: [^"]*)"/g)].map((match) => match[1]!) // prettier-ignore
  assert.deepEqual(labels(trust!).filter((label) => label.startsWith('class')), ['class: bent; layer: layer.0.query; trust: 25%']) // prettier-ignore
  assert.deepEqual(labels(right!).filter((label) => label.startsWith('class')), ['class: bent; model: personal; right: 75%']) // prettier-ignore
  const squares = labels(selected!).filter((label) => label.startsWith('training'))
  assert.deepEqual(squares.map((label) => label.replace(/.*personal: /, '')), ['0%', '0%', '0%', '0%', '25%']) // prettier-ignore
})
