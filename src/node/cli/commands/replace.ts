import type { PersonReport, VoteReport } from '../../membership/types.ts'
import type { CommandFactory } from '../command.ts'
import { executeAndPrint, homeCommand } from '../home-command.ts'
import { voteText } from '../vote-text.ts'

export const replaceCommand: CommandFactory = (context, done) =>
  homeCommand(
    'replace',
    'vote that a new key takes the place of a lost one',
    'For a site that lost its key: it asks with peermerge join TICKET --replaces NAME, then members vote; with more than half of all members it is in under its old name.',
    '  peermerge replace hospital-b K7QX-2M4P',
  )
    .argument('<who>', 'the member: name, fingerprint, or the beginning of its peer id')
    .argument('<new>', 'the key that asks, likewise; peermerge members shows it')
    .action(async (who: string, next: string, { home }: { home: string }) => {
      const text = (report: PersonReport & VoteReport & { next: PersonReport }): string =>
        voteText(
          report,
          `${report.name} has the key ${report.next.fingerprint} now`,
          `new key ${report.next.fingerprint} of ${report.name}`,
        )
      done(await executeAndPrint(context(), home, { command: 'replace', who, next }, text))
    })
