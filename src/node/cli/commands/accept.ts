import type { PersonReport } from '../../membership/types.ts'
import type { CommandFactory } from '../command.ts'
import { executeAndPrint, homeCommand } from '../home-command.ts'

export const acceptCommand: CommandFactory = (context, done) =>
  homeCommand(
    'accept',
    'let in a site that asks to join',
    'Adds a site that has shown a valid ticket to the members; peermerge members shows who asks. Compare the fingerprint on the telephone first.',
    '  peermerge accept K7QX-2M4P\n  peermerge accept hospital-b --home ./hospital-a',
  )
    .argument('<who>', 'its name, fingerprint, or the beginning of its peer id')
    .action(async (who: string, { home }: { home: string }) => {
      const text = ({ name, peer }: PersonReport): string => `${name} is a member now: ${peer}`
      done(await executeAndPrint(context(), home, { command: 'accept', who }, text))
    })

export const refuseCommand: CommandFactory = (context, done) =>
  homeCommand(
    'refuse',
    'turn down a site that asks to join',
    'Answers a request to join with no; the site is told so when it asks again.',
    '  peermerge refuse K7QX-2M4P',
  )
    .argument('<who>', 'its name, fingerprint, or the beginning of its peer id')
    .action(async (who: string, { home }: { home: string }) => {
      const text = ({ name, peer }: PersonReport): string => `${name} is refused: ${peer}`
      done(await executeAndPrint(context(), home, { command: 'refuse', who }, text))
    })
