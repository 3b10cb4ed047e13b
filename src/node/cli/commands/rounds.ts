import { Command } from 'commander'
import { FIRST_AGENDA, formatAgenda } from '../../../merge/index.ts'
import type { DecidedRound } from '../../../gossip/index.ts'
import { PeermergeError } from '../../../errors.ts'
import { readCharterFile } from '../../charter-file.ts'
import { rulesOf, type ConsortiumRules } from '../../consortium-rules.ts'
import { readLockedRules } from '../../home-ledger.ts'
import { homePaths, readCharter } from '../../home.ts'
import { memberName } from '../../member-name.ts'
import { readRoundsFile } from '../../rounds-file.ts'
import { provenRounds } from '../../staged/follow-rounds.ts'
import { describeAgenda } from '../../status/agenda-text.ts'
import { terminalTable } from '../../terminal-table.ts'
import type { CommandFactory } from '../command.ts'
import { homeOption } from '../options.ts'
import { EXIT } from '../output.ts'

export const roundsCommand: CommandFactory = (context, done) =>
  new Command('rounds')
    .summary('the decided rounds of the staged schedule: list and verify them')
    .description('What each round has merged, who votes on the next one, and whether its certificate holds.')
    .addHelpText(
      'after',
      '\nExample:\n  peermerge rounds list --home ./hospital-a\n  peermerge rounds verify ./bundle/rounds.cbor --charter charter.json',
    )
    .addCommand(listCommand(context, done))
    .addCommand(verifyCommand(context, done))

const listCommand: CommandFactory = (context, done) =>
  new Command('list')
    .summary('the decided rounds of a stopped home, checked')
    .addOption(homeOption())
    .addHelpText('after', '\nExample:\n  peermerge rounds list --json | jq ".rounds[-1].digest"')
    .action(async ({ home }: { home: string }) => {
      const paths = homePaths(home)
      const { rules, rounds } = await readLockedRules(paths)
      const decided = await provenRounds(rules, await readCharter(paths), rounds)
      print(context(), rules, decided)
      done(EXIT.ok)
    })

const verifyCommand: CommandFactory = (context, done) =>
  new Command('verify')
    .argument('<file>', 'rounds.cbor of a bundle')
    .summary('check the certificates of rounds from the founding charter alone')
    .requiredOption('--charter <file>', 'founding charter.json of the consortium')
    .addHelpText(
      'after',
      '\nExample:\n  peermerge rounds verify ./bundle/rounds.cbor --charter charter.json\n\nA certificate that does not hold is an error that names the round’s flaw.',
    )
    .action(async (file: string, { charter }: { charter: string }) => {
      const founding = await readCharterFile(charter)
      const rules = rulesOf(founding)
      print(context(), rules, await provenRounds(rules, founding, await readRoundsFile(file)))
      done(EXIT.ok)
    })

function print(
  { output }: ReturnType<Parameters<CommandFactory>[0]>,
  rules: ConsortiumRules,
  decided: readonly DecidedRound[],
): void {
  const rounds = report(rules, decided)
  const rows = rounds.map((one) => [String(one.round), one.about.text, String(one.contributions.length), one.voters.join(', '), one.digest.slice(0, 12)]) // prettier-ignore
  const table = terminalTable(['round', 'about', 'contributions', 'votes on the next', 'digest'], rows)
  output.result({ rounds }, rounds.length === 0 ? 'no round has been decided' : table)
}

function report({ spec, roster, state }: ConsortiumRules, decided: readonly DecidedRound[]) {
  const { staged } = spec
  if (staged === undefined) {
    throw new PeermergeError('ERR_OPTIONS', 'the charter has no rounds: its schedule is not staged')
  }
  const taskName = (task: string): string | undefined => state.tasks.get(task)?.name
  return decided.map(({ cut, digest }, at) => ({
    round: cut.round,
    about: describeAgenda(staged, at === 0 ? formatAgenda(FIRST_AGENDA) : decided[at - 1]!.cut.agenda, taskName), // prettier-ignore
    contributions: cut.contributions,
    voters: cut.acceptors.map(({ peer }) => memberName(roster, peer)),
    digest,
  }))
}
