import pc from 'picocolors'
import { renderServing } from '../serving/render-choices.ts'
import { terminalTable } from '../terminal-table.ts'
import { counted, percent } from '../units.ts'
import type { OwnClassMeans, PersonalExplanation, SelectedEntries, TrustInRest } from './explain-personal.ts'

/** Two tables: what each model gets right, with what is served, and how far the own one trusts the rest of the world or what of it is personal. */
export function renderExplanation(found: PersonalExplanation): string {
  const { classes, models, serving } = found
  const right = ({ correct, count }: { readonly correct: number; readonly count: number }): string =>
    count === 0 ? '' : percent(correct / count)
  const accuracy = terminalTable(
    ['on this site’s held-out samples', 'all', ...classes],
    models.map((one) => [NAMES[one.model], right(one), ...one.perClass.map(right)]),
    1,
  )
  return [accuracy, pc.dim(renderServing(serving)), '', ...ownTable(found)].join('\n')
}

function ownTable(found: PersonalExplanation): readonly string[] {
  switch (found.method) {
    case 'fedalt':
      return trustTable(found, found.classes)
    case 'fedselect':
      return selectionTable(found)
    case 'means':
      return [pc.dim(meansText(found))]
  }
}

const rounded = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 3 })

function meansText({ base, strength, temperature, statistics }: OwnClassMeans): string {
  const everybodys = `everybody’s worth ${rounded(strength)} samples`
  const shares =
    temperature === null ? '' : `, and its class shares, their logarithms times ${rounded(temperature)}`
  return `class means of this site, ${everybodys}, in the scatter of ${counted(statistics.length, 'contribution')}${shares}; adapter of merge ${base}`
}

function trustTable({ trust, rest }: TrustInRest, classes: readonly string[]): readonly string[] {
  const shares = terminalTable(
    ['trust in the others', ...classes],
    trust.map(({ module, perClass }) => [module, ...perClass.map((share) => (share === null ? '' : percent(share)))]), // prettier-ignore
    1,
  )
  const made = `the others: ${rest.length === 0 ? 'nobody yet' : counted(rest.length, 'contribution')}; 50 % is as far as oneself`
  return [shares, pc.dim(made)]
}

function selectionTable({ tensors, growths, trainings }: SelectedEntries): readonly string[] {
  const shares = terminalTable(
    ['personal entries', ...growths.map((one) => `from training ${one.trainings + 1}`)],
    tensors.map((name) => [name.replace(/^adapter\//, ''), ...growths.map(({ shares }) => percent(shares[name] ?? 0))]), // prettier-ignore
    1,
  )
  return [shares, pc.dim(`${trainings} trainings${growths.length === 0 ? '; nothing is personal yet' : ''}`)]
}

const NAMES = {
  frozen: 'frozen backbone, analytic classifier',
  alone: 'this site alone',
  merged: 'the merge',
  personal: 'own model',
} as const
