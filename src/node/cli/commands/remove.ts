import { Option } from 'commander'
import type { PersonReport, VoteReport } from '../../membership/types.ts'
import type { CommandFactory } from '../command.ts'
import { executeAndPrint, homeCommand } from '../home-command.ts'
import { voteText } from '../vote-text.ts'

interface RemoveFlags {
  readonly home: string
  readonly past: 'keep' | 'exclude'
}

export const removeCommand: CommandFactory = (context, done) =>
  homeCommand(
    'remove',
    'vote a member out',
    'Signs this site’s vote to remove a member; with more than half of all members, the one to be removed counted, it is out everywhere within seconds.',
    '  peermerge remove hospital-c --past exclude\n  peermerge remove K7QX-2M4P --past keep',
  )
    .argument('<who>', 'its name, fingerprint, or the beginning of its peer id')
    .addOption(
      new Option('--past <what>', 'whether what it has contributed so far still counts')
        .choices(['keep', 'exclude'])
        .makeOptionMandatory(),
    )
    .action(async (who: string, { home, past }: RemoveFlags) => {
      const text = (report: PersonReport & VoteReport): string =>
        voteText(report, `${report.name} is removed`, `removal of ${report.name}`)
      done(await executeAndPrint(context(), home, { command: 'remove', who, past }, text))
    })

export const leaveCommand: CommandFactory = (context, done) =>
  homeCommand(
    'leave',
    'take this site out of the consortium',
    'Signs that this site leaves, which takes effect at once; what it has contributed still counts. A member must be connected to hear it; then the node stops.',
    '  peermerge leave --home ./hospital-b',
  ).action(async ({ home }: { home: string }) => {
    const text = ({ name }: PersonReport): string => `${name} has left; its node stops`
    done(await executeAndPrint(context(), home, { command: 'leave' }, text))
  })
