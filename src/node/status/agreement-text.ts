import type { AgreementSummary, MemberAgreement, MemberStatus } from './types.ts'
import { duration } from './duration.ts'

/** Names in one line; JSON has all of them. */
const MOST_NAMES = 8
/** Numbers of one author in one line. */
const MOST_NUMBERS = 6

/** A member as the summary reads it. */
export type AgreementRow = Pick<MemberStatus, 'name' | 'self' | 'contributes' | 'agreement'>

/** `hasMerge`: whether this node has merged anything; `at` as an ISO time. */
export function summariseAgreement(
  members: readonly AgreementRow[],
  hasMerge: boolean,
  at: string,
): AgreementSummary {
  const holds = ({ self, agreement }: AgreementRow): boolean =>
    hasMerge && (self || (agreement.state === 'agrees' && agreement.isCurrent))
  const rows = members.filter(counts)
  const listeners = members.filter((row) => !counts(row)).map(({ name }) => name)
  const holding = rows.filter(holds).map(({ name }) => name)
  const rest = rows.filter((row) => !holds(row) && !row.self)
  const others = rows.filter((row) => !holds(row)).map(({ name }) => name)
  const text = [headline(holding, rows.length, hasMerge), ...complaints(rest, at), ...listening(listeners)].join('; ') // prettier-ignore
  return { holding, others, of: rows.length, text }
}

/** One that only listens lacks nothing that anybody needs of it; another result is worth knowing of whoever has it. */
function counts({ self, contributes, agreement }: AgreementRow): boolean {
  return self || contributes || agreement.state === 'contradicts'
}

function listening(names: readonly string[]): string[] {
  if (names.length === 0) return []
  return [`${nameList(names)} only ${names.length === 1 ? 'listens' : 'listen'}`]
}

function headline(holding: readonly string[], of: number, hasMerge: boolean): string {
  if (!hasMerge) return 'no merge here yet'
  if (of === 1) return 'this node is the only member'
  if (holding.length === of) return `all ${of} members hold this merge`
  if (holding.length === 1) return `1 of ${of} holds this merge: this node alone`
  return `${holding.length} of ${of} hold this merge`
}

/** The others in groups of which each has one thing to say; those of whom nothing was heard last. */
function complaints(rows: readonly AgreementRow[], at: string): string[] {
  const byText = new Map<string, string[]>()
  for (const row of rows) {
    const text = complaint(row.agreement, at)
    byText.set(text, [...(byText.get(text) ?? []), row.name])
  }
  const groups = [...byText].sort(([a], [b]) => Number(a.startsWith('not ')) - Number(b.startsWith('not ')))
  return groups.map(([text, names]) => `${nameList(names)} ${text}`)
}

/** What follows a member's name in a line of text. */
export function complaint(agreement: MemberAgreement, at: string): string {
  const { state, heardAt, isCurrent } = agreement
  if (heardAt === null) return 'not heard from yet'
  if (!isCurrent) return `not heard from for ${duration(Date.parse(at) - Date.parse(heardAt))}`
  switch (state) {
    case 'agrees':
      return 'holds this merge'
    case 'no-merge':
      return 'has no merge either'
    case 'behind':
      return `lacks ${lackingText(agreement)}`
    case 'ahead':
      return `has what this node lacks: ${newerText(agreement)}`
    case 'diverged':
      return `lacks ${lackingText(agreement)} and has what this node lacks: ${newerText(agreement)}`
    case 'merging':
      return 'holds the same contributions and another merge: one is still merging'
    case 'contradicts':
      return 'HAS ANOTHER RESULT FOR THE SAME CONTRIBUTIONS'
    case 'other-charter':
      return 'goes by another charter'
    case 'other-kernel':
      return 'merges with another kernel version'
    case 'other-ledger':
      return 'holds the same contributions and another ledger'
    case 'unknown':
      return 'not heard from yet'
  }
}

/** `2: hospital-a 5, hospital-b 3` */
function lackingText({ lacks }: MemberAgreement): string {
  const count = lacks.reduce((sum, { numbers }) => sum + numbers.length, 0)
  const authors = lacks.map(({ name, numbers }) => `${name} ${numberList(numbers)}`)
  return `${count}: ${nameList(authors)}`
}

/** `hospital-a up to 7 (here 5)` */
function newerText({ hereLacks }: MemberAgreement): string {
  return nameList(
    hereLacks.map(({ name, upTo, here }) => `${name} up to ${upTo} (here ${here === 0 ? 'none' : here})`),
  )
}

function numberList(numbers: readonly number[]): string {
  const shown = numbers.slice(0, MOST_NUMBERS).join(' ')
  return numbers.length > MOST_NUMBERS ? `${shown} and ${numbers.length - MOST_NUMBERS} more` : shown
}

function nameList(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ')
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown
}
