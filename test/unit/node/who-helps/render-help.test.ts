import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderHelp } from '../../../../src/node/who-helps/render-help.ts'
import type { HelpReport, MergeFigures } from '../../../../src/node/who-helps/types.ts'

/** Ten samples of each class; the task of the charter has the first two. */
function figures(...right: number[]): MergeFigures {
  const perClass = right.map((correct) => ({ correct, count: 10 }))
  const sum = (rows: number[]): { correct: number; count: number } => ({ correct: rows.reduce((all, one) => all + one, 0), count: 10 * rows.length }) // prettier-ignore
  return { ...sum(right), perClass, perTask: [sum(right.slice(0, 2)), sum(right.slice(2))] }
}

function report(classes: number, without: MergeFigures): HelpReport {
  const site = { peer: '12D3', name: 'mill', self: true, contributions: ['c'], without: 'b'.repeat(64), gained: 2, lost: 9, chance: 0.0327, effect: 'harms' } as const // prettier-ignore
  return {
    merge: 'a'.repeat(64),
    classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
    tasks: [
      { task: null, name: null },
      { task: 't', name: 'autumn' },
    ],
    figures: figures(...Array<number>(classes).fill(5)),
    sites: [{ ...site, figures: without }],
  }
}

test('a column for each task and class, in points that the site adds', () => {
  const text = renderHelp(report(3, figures(5, 9, 2)))
  assert.match(text, /15 of 30 held-out samples right, 50\.0 %/)
  assert.match(text, /task of the charter │ +task autumn │ +class 0 │ +class 1 │ +class 2 │/)
  assert.match(text, /mill \(this site\) │ +−3\.3 │ +2 │ +9 │ +0\.033 │ +harms │ +−20\.0 │ +\+30\.0 │ +\+0\.0 │ +−40\.0 │ +\+30\.0 │/) // prettier-ignore
})

test('of many classes the three that differ most', () => {
  const text = renderHelp(report(12, figures(5, 9, 2, 5, 5, 5, 5, 5, 5, 6, 5, 7)))
  assert.match(text, /class 1 −40\.0, class 2 \+30\.0, class 11 −20\.0 +│/)
})
