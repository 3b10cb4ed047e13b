import pc from 'picocolors'
import type { MemberReport, MembersReport } from '../../membership/types.ts'
import { terminalTable } from '../../terminal-table.ts'
import type { CommandFactory } from '../command.ts'
import { executeAndPrint, homeCommand } from '../home-command.ts'

export const membersCommand: CommandFactory = (context, done) =>
  homeCommand(
    'members',
    'who is in the consortium, who asks to join, and what is voted on',
    'Lists members with fingerprint, role, who let them in, connection and contributions; then requests and votes under way.',
    "  peermerge members --home ./hospital-a\n  peermerge members --json | jq '.requests[].fingerprint'",
  ).action(async ({ home }: { home: string }) => {
    done(await executeAndPrint(context(), home, { command: 'members' }, renderMembers))
  })

export function renderMembers(report: MembersReport): string {
  const { name, consortium, charter, join, members, requests, votes } = report
  const who = join === 'ticket' ? 'a valid ticket lets a site in' : 'a member accepts who joins'
  const table = terminalTable(
    ['name', 'fingerprint', 'role', 'let in by', 'connected', 'last seen', 'contributed'],
    members.map(memberRow),
  )
  return [
    `${pc.bold(name)}  consortium ${consortium.slice(0, 12)}, charter ${charter.slice(0, 12)}, ${who}`,
    table,
    ...requests.map(
      ({ name, fingerprint, replaces, at }) =>
        `${pc.yellow('asks to join')} ${name} ${fingerprint}${replaces === null ? '' : ` in place of ${replaces}`}, since ${at}`,
    ),
    ...votes.map(({ text, votes, needed }) => `${pc.yellow('vote')} ${text}: ${votes.join(', ')} of ${needed} needed`), // prettier-ignore
  ].join('\n')
}

function memberRow(member: MemberReport): string[] {
  const { name, fingerprint, role, invitedBy, self, connected, lastSeen, contributed, past, contributes } =
    member
  const link = connected === null ? 'not running' : connected ? pc.green('yes') : pc.red('no')
  return [
    name,
    fingerprint,
    past === undefined ? role : `${role}, past: ${past}`,
    invitedBy ?? '–',
    self ? 'this node' : role === 'former' ? '–' : link,
    self ? '–' : (lastSeen ?? 'never'),
    contributes ? String(contributed) : `${contributed}, only listens`,
  ]
}
