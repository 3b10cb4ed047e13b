import pc from 'picocolors'
import { terminalTable } from '../terminal-table.ts'
import type { MemberStatus, NodeStatus } from './types.ts'
import { bytes, counted } from '../units.ts'
import { complaint } from './agreement-text.ts'
import { ago } from './duration.ts'
import { helpLines } from './help-status.ts'
import { policyLines } from '../policy/render-policy.ts'
import { scoreLines } from './score-table.ts'
import { servedLines } from './served-text.ts'

/** Narrower terminals get a paragraph for each member in place of the table. */
const TABLE_COLUMNS = 110

/** Tells apart connected, contributed, included and agreeing, for every member by name, on a terminal of so many columns. */
export function renderStatus(status: NodeStatus, columns: number): string {
  const { activity, merge, at } = status
  return [
    `${pc.bold(status.name)}  ${status.peer}`,
    `consortium ${status.consortium.slice(0, 12)}  charter ${status.charter.slice(0, 12)}  ${listening(status.addresses)}`,
    ...charterGap(status),
    `${activity.kind}: ${activity.text}`,
    columns < TABLE_COLUMNS ? memberParagraphs(status) : memberTable(status),
    merge === null ? 'no merge yet' : `merge ${pc.yellow(merge.digest)} of ${mergeParts(status)}`,
    agreementLine(status),
    ...roundLines(status),
    ...scoreLines(status.scores, merge?.digest),
    ...servedLines(status),
    ...helpLines(status),
    ...policyLines(status.policy),
    ...status.votes.map(({ text, votes, needed }) =>
      pc.yellow(`vote: ${text}: ${votes.length} of ${needed} needed (${votes.join(', ')})`),
    ),
    ...status.requests.map(({ name, fingerprint }) =>
      pc.yellow(`asks to join: ${name} ${fingerprint} (peermerge accept ${fingerprint})`),
    ),
    `sent ${bytes(status.bytes.sent)}, received ${bytes(status.bytes.received)}`,
    ...status.problems.map((problem) =>
      pc.red(`${ago(problem.at, at)}  ${problem.code}  ${problem.message}`),
    ),
  ].join('\n')
}

/** Where the members have agreed on another charter than the one that this node goes by. */
function charterGap({ charter, ledger }: NodeStatus): string[] {
  if (ledger === null || ledger.charter === charter) return []
  return [pc.yellow(`the members have agreed on charter ${ledger.charter.slice(0, 12)}`)]
}

function listening(addresses: readonly string[]): string {
  return addresses.length === 0 ? 'not listening' : `listening on ${addresses.join(', ')}`
}

/** `6 contributions of 2 of 3 members (not press)` */
function mergeParts({ merge, members }: NodeStatus): string {
  const present = members.filter(({ standing }) => standing === 'member')
  const missing = present
    .filter(({ included, contributes }) => included === 0 && contributes)
    .map(({ name }) => name)
  const counting = present.filter(({ included, contributes }) => included > 0 || contributes).length
  const of = `${counting - missing.length} of ${counted(counting, 'member')}`
  const without = missing.length === 0 ? '' : ` (without ${missing.join(', ')})`
  return `${counted(merge!.cut.length, 'contribution')} of ${of}${without}`
}

function agreementLine({ agreement: { text, holding, of } }: NodeStatus): string {
  const line = `agreement: ${text}`
  return holding.length === of ? pc.green(line) : pc.yellow(line)
}

/** What the round under way waits for, and where people must do something about it. */
function roundLines({ round }: NodeStatus): string[] {
  if (round === null) return []
  const { text, merged, lacking, joining, todo, takesPart } = round
  const behind = merged < round.round ? [`merged up to round ${merged}, ${counted(lacking, 'contribution')} on their way`] : [] // prettier-ignore
  const next = takesPart ? joining : [...joining, 'this site']
  const later = next.length === 0 ? [] : [`from the next round on: ${next.join(', ')}`]
  const line = [text, ...behind, ...later].join('; ')
  return todo === null ? [line] : [pc.yellow(line), pc.yellow(`what to do: ${todo}`)]
}

function memberTable({ members, at }: NodeStatus): string {
  const rows = members.map((member) => [
    member.name,
    pathText(member),
    seenText(member, at),
    contributedText(member),
    newestText(member, at),
    includedText(member),
    agreementText(member, at),
  ])
  return terminalTable(
    ['member', 'path', 'last seen', 'contributed', 'newest', 'in my merge', 'agreement'],
    rows,
  )
}

function memberParagraphs({ members, at }: NodeStatus): string {
  return members
    .map((member) =>
      [
        `${pc.bold(member.name)}  ${pathText(member)}${member.connected || member.self ? '' : `, seen ${seenText(member, at)}`}`,
        `  contributed ${contributedText(member)}, newest ${newestText(member, at)}`,
        `  in my merge ${includedText(member)}; ${agreementText(member, at)}`,
      ].join('\n'),
    )
    .join('\n')
}

function pathText({ self, standing, connection }: MemberStatus): string {
  if (self) return 'this node'
  if (standing === 'removed') return pc.dim('removed')
  if (connection === null) return pc.red('not connected')
  const { path, rttMs } = connection
  const text = rttMs === null ? path : `${path}, ${Math.round(rttMs)} ms`
  return path === 'direct' ? pc.green(text) : pc.yellow(text)
}

function seenText({ self, connected, lastSeen }: MemberStatus, at: string): string {
  return self || connected ? 'now' : ago(lastSeen, at)
}

function contributedText({ adapters, statistics, contributes }: MemberStatus): string {
  const listens = contributes ? '' : ', only listens'
  if (adapters + statistics === 0) return contributes ? 'nothing' : 'only listens'
  return statistics === 0 ? `${adapters}${listens}` : `${adapters} + ${statistics} statistics${listens}`
}

function newestText({ newest }: MemberStatus, at: string): string {
  if (newest === null) return 'none'
  const age = newest.receivedAt === null ? 'age not known' : ago(newest.receivedAt, at)
  return `number ${newest.sequence}, ${age}`
}

function includedText({ adapters, statistics, included }: MemberStatus): string {
  return `${included} of ${adapters + statistics}`
}

function agreementText({ self, standing, agreement }: MemberStatus, at: string): string {
  if (self) return 'this node'
  return standing === 'removed' ? 'no member any more' : complaint(agreement, at)
}
