import pc from 'picocolors'
import { terminalTable } from '../terminal-table.ts'
import { percent } from '../units.ts'
import type { ModelChoices } from './choose-model.ts'
import { standsIn, type ServingNow } from './served-model.ts'

const NAMES = { merged: 'the merge', personal: 'own model', alone: 'this site alone' } as const

/** A row a model; what is served has a mark. */
export function renderChoices({ classes, models, serving }: ModelChoices): string {
  const right = ({ correct, count }: { readonly correct: number; readonly count: number }): string =>
    count === 0 ? '' : percent(correct / count)
  const rows = models.map((one) => [
    `${one.isServed ? pc.green('●') : ' '} ${NAMES[one.kind]} ${one.digest.slice(0, 12)}`,
    right(one),
    ...one.perClass.map(right),
  ])
  const table = terminalTable(['on this site’s held-out samples', 'all', ...classes], rows, 1)
  return `${table}\n${pc.dim(renderServing(serving))}`
}

/** One line. */
export function renderServing(serving: ServingNow | null): string {
  if (serving === null) return 'nothing is served yet'
  const { current, follows } = serving
  const instead = standsIn({ ...current, follows }) ? ' in place of the own model, which got fewer right' : ''
  const next = follows === 'nothing' ? 'nothing takes its place until a person chooses' : `newer ones of ${follows} may take its place` // prettier-ignore
  return `served: ${NAMES[current.kind]} ${current.digest} since ${new Date(current.since).toISOString()}${instead}; ${next}`
}
