import pc from 'picocolors'
import { terminalTable } from '../terminal-table.ts'
import { percent } from '../units.ts'
import type { PersonalExplanation } from './explain-personal.ts'

/** Two tables: what each model gets right, and how far the own one trusts the rest of the world. */
export function renderExplanation({ classes, models, trust, rest }: PersonalExplanation): string {
  const right = ({ correct, count }: { readonly correct: number; readonly count: number }): string =>
    count === 0 ? '' : percent(correct / count)
  const accuracy = terminalTable(
    ['on this site’s held-out samples', 'all', ...classes],
    models.map((one) => [NAMES[one.model], right(one), ...one.perClass.map(right)]),
    1,
  )
  const shares = terminalTable(
    ['trust in the others', ...classes],
    trust.map(({ module, perClass }) => [module, ...perClass.map((share) => (share === null ? '' : percent(share)))]), // prettier-ignore
    1,
  )
  const made = `the others: ${rest.length === 0 ? 'nobody yet' : `${rest.length} contributions`}; 50 % is as far as oneself`
  return [accuracy, '', shares, pc.dim(made)].join('\n')
}

const NAMES = {
  frozen: 'frozen backbone, analytic classifier',
  alone: 'this site alone',
  merged: 'the merge',
  personal: 'own model beside the others',
} as const
