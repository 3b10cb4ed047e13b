import { Option } from 'commander'
import { formatCharter } from '../../charter.ts'
import { readCharterFile } from '../../charter-file.ts'
import type { AmendReport } from '../../membership/amend-charter.ts'
import type { CommandFactory } from '../command.ts'
import { executeAndPrint, homeCommand } from '../home-command.ts'
import { voteText } from '../vote-text.ts'

interface AmendFlags {
  readonly home: string
  readonly carries: 'contributions' | 'nothing'
}

export const amendCommand: CommandFactory = (context, done) =>
  homeCommand(
    'amend',
    'vote for another charter',
    'Signs this site’s vote that a charter follows the one in force; it does with more than half of all members.',
    '  cp ./hospital-a/charter.json next.json    # change next.json\n  peermerge amend next.json --carries nothing --home ./hospital-a',
  )
    .argument('<charter>', 'file of the new charter')
    .addOption(
      new Option('--carries <what>', 'whether contributions under earlier charters still count')
        .choices(['contributions', 'nothing'])
        .makeOptionMandatory(),
    )
    .action(async (file: string, { home, carries }: AmendFlags) => {
      const charter = formatCharter(await readCharterFile(file))
      const text = (report: AmendReport): string => {
        const name = report.charter.slice(0, 12)
        return voteText(report, `charter ${name} is in force`, `charter ${name}`)
      }
      done(await executeAndPrint(context(), home, { command: 'amend', charter, carries }, text))
    })
