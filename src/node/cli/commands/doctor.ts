import { Command } from 'commander'
import { readSite } from '../../components.ts'
import { connectControl } from '../../control-client.ts'
import { diagnose, hasFailed } from '../../doctor/diagnosis.ts'
import { examineStopped } from '../../doctor/examine-site.ts'
import { itPage, renderDiagnosis } from '../../doctor/render.ts'
import type { DoctorFacts } from '../../doctor/types.ts'
import { NotRunningError } from '../../errors.ts'
import { homePaths } from '../../home.ts'
import { silentLogger } from '../../logger.ts'
import { collectAddress, homeOption } from '../options.ts'
import { EXIT } from '../output.ts'
import type { CommandFactory } from '../command.ts'

interface DoctorFlags {
  readonly home: string
  readonly peer?: readonly string[]
  readonly page?: boolean
}

export const doctorCommand: CommandFactory = (context, done) =>
  new Command('doctor')
    .summary('why this site does not reach the others, or they it, and which firewall rule is missing')
    .description(
      'Tries names, port, both directions, relays, clocks, versions and agreement with the other members, through the running node or, ' +
        'where none runs, with a host of its own. Ends with the one rule that is missing. Exit code 1 when something fails.',
    )
    .addOption(homeOption())
    .option(
      '--peer <address>',
      'another address to try, as HOST:PORT or multiaddr; may be given again',
      collectAddress,
    )
    .option('--page', 'one page for those who run the firewall')
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge doctor --home ./hospital-a\n  peermerge doctor --home ./hospital-b --peer hospital-a.example:4001' +
        '\n  peermerge doctor --page > for-it.txt',
    )
    .action(async (flags: DoctorFlags) => {
      const { output, signal } = context()
      output.note('trying every known address in both directions; this takes up to half a minute')
      const diagnosis = diagnose(await factsOf(flags, signal))
      output.result(diagnosis, flags.page === true ? itPage(diagnosis) : renderDiagnosis(diagnosis))
      done(hasFailed(diagnosis) ? EXIT.checkFailed : EXIT.ok)
    })

async function factsOf({ home, peer: peers = [] }: DoctorFlags, signal: AbortSignal): Promise<DoctorFacts> {
  const paths = homePaths(home)
  try {
    const control = await connectControl(paths)
    return (await control.execute({ command: 'doctor', peers: [...peers] }, { signal })) as DoctorFacts
  } catch (error) {
    if (!(error instanceof NotRunningError)) throw error
    return examineStopped(await readSite(paths), peers, silentLogger())
  }
}
