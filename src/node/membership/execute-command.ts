import type { NodeCommand } from '../command-request.ts'
import type { PolicyCommand } from '../policy/policy-command.ts'
import { amendCharter, type AmendReport } from './amend-charter.ts'
import { findWho } from './find-who.ts'
import { invite } from './invite.ts'
import { membersReport, personOf } from './members-report.ts'
import { leave, removeMember } from './remove-member.ts'
import { replaceKey, type ReplaceReport } from './replace-key.ts'
import type { Invitation, MembershipSite, MembersReport, PersonReport, VoteReport } from './types.ts'
import { openTask, type TaskOpening } from './open-task.ts'
import { tasksReport, type TasksReport } from './tasks-report.ts'
import { assertMember } from './vote.ts'
import { withdraw, type Withdrawal } from './withdraw.ts'

/** What comes back, by command. */
export interface CommandResults {
  readonly invite: Invitation
  readonly accept: PersonReport
  readonly refuse: PersonReport
  readonly members: MembersReport
  readonly remove: PersonReport & VoteReport
  readonly leave: PersonReport
  readonly replace: ReplaceReport
  readonly amend: AmendReport
  readonly withdraw: Withdrawal
  readonly 'task-open': TaskOpening
  readonly tasks: TasksReport
}

/** What is no business of the membership has its own way. */
export type MembershipCommand = Exclude<
  NodeCommand,
  { command: 'doctor' | 'audit-flush' | 'holdings' | 'model-chosen' | 'dashboard' | PolicyCommand['command'] }
>

export type ResultOf<C extends MembershipCommand> = CommandResults[C['command']]

/** Does what a person asks for at a site, running or not; what comes back is JSON. */
export async function executeCommand(
  site: MembershipSite,
  command: MembershipCommand,
): Promise<ResultOf<MembershipCommand>> {
  switch (command.command) {
    case 'invite':
      assertMember(site.ledger.state, site.identity.peer)
      return invite(site, command)
    case 'accept':
      return answer(site, command.who, (peer) => site.requests.accept(peer))
    case 'refuse':
      return answer(site, command.who, (peer) => site.requests.refuse(peer))
    case 'members':
      return membersReport(site)
    case 'remove':
      return removeMember(site, command)
    case 'leave':
      return leave(site)
    case 'replace':
      return replaceKey(site, command)
    case 'amend':
      return amendCharter(site, command)
    case 'withdraw':
      return withdraw(site, command)
    case 'task-open':
      return openTask(site, command)
    case 'tasks':
      return tasksReport(site)
  }
}

async function answer(
  site: MembershipSite,
  who: string,
  act: (peer: string) => Promise<void>,
): Promise<PersonReport> {
  const { requests, ledger, identity } = site
  assertMember(ledger.state, identity.peer)
  const waiting = requests.waiting().filter(({ peer }) => !ledger.state.members.has(peer))
  const { peer, name } = findWho(who, waiting, 'request')
  await act(peer)
  return personOf({ id: peer, name })
}
