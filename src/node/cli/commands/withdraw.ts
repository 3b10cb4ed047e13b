import type { Withdrawal } from '../../membership/withdraw.ts'
import type { CommandFactory } from '../command.ts'
import { executeAndPrint, homeCommand } from '../home-command.ts'
import { positiveInteger } from '../options.ts'

interface WithdrawFlags {
  readonly home: string
  readonly upTo?: number
}

export const withdrawCommand: CommandFactory = (context, done) =>
  homeCommand(
    'withdraw',
    'take back what this site has contributed',
    'Withdraws this site’s contributions for ever; every member’s next merge is without them. What others have trained from earlier merges is not undone.',
    '  peermerge withdraw\n  peermerge withdraw --up-to 3 --home ./hospital-b',
  )
    .option('--up-to <n>', 'contributions up to this number (default: all so far)', positiveInteger)
    .action(async ({ home, upTo }: WithdrawFlags) => {
      const text = (result: Withdrawal): string =>
        `contributions up to number ${result.upTo} are withdrawn\na node that contributes makes others in their place: peermerge run --listen-only makes none`
      const command = { command: 'withdraw' as const, ...(upTo !== undefined && { upTo }) }
      done(await executeAndPrint(context(), home, command, text))
    })
