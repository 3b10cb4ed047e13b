import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { PeermergeError } from '../../../errors.ts'
import { writeFileAtomic } from '../../atomic-file.ts'
import { connectControl } from '../../control-client.ts'
import { homePaths } from '../../home.ts'
import { checkPolicy, renderCheck } from '../../policy/check-policy.ts'
import { POLICY_TEMPLATE } from '../../policy/policy-template.ts'
import type { PolicyReport } from '../../policy/policy-report.ts'
import { readPolicy } from '../../policy/read-policy.ts'
import { policyLines } from '../../policy/render-policy.ts'
import type { CommandFactory } from '../command.ts'
import { homeOption } from '../options.ts'
import { EXIT } from '../output.ts'

interface HomeFlags {
  readonly home: string
}

export const policyCommand: CommandFactory = (context, done) =>
  new Command('policy')
    .summary(
      'what this site’s institution allows its node, whatever the charter says: init, show, check, reload',
    )
    .description(
      'policy.json in the home says which statistics may leave, floors, quiet hours, limits, and whether everything waits for a person. The node reads it at its start and within seconds of a change.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge policy init --home ./hospital-a\n  peermerge policy check --home ./hospital-a\n  peermerge policy reload --home ./hospital-a',
    )
    .addCommand(initCommand(context, done))
    .addCommand(showCommand(context, done))
    .addCommand(checkCommand(context, done))
    .addCommand(reloadCommand(context, done))

const initCommand: CommandFactory = (context, done) =>
  new Command('init')
    .summary('writes a policy.json to start from: everything waits for a person')
    .addOption(homeOption())
    .addHelpText('after', '\nExample:\n  peermerge policy init --home ./hospital-a')
    .action(async ({ home }: HomeFlags) => {
      const { policy: file } = homePaths(home)
      if (existsSync(file)) {
        throw new PeermergeError('ERR_POLICY_EXISTS', `${file}: there is one already; change it, or move it away first`, { file }) // prettier-ignore
      }
      await writeFileAtomic(file, POLICY_TEMPLATE)
      context().output.result({ file }, `${file} is written; change it, then: peermerge policy check`)
      done(EXIT.ok)
    })

const showCommand: CommandFactory = (context, done) =>
  new Command('show')
    .summary('the policy of this home, all fields written out')
    .addOption(homeOption())
    .addHelpText('after', '\nExample:\n  peermerge policy show --json | jq .policy.quietHours')
    .action(async ({ home }: HomeFlags) => {
      const found = await readPolicy(homePaths(home))
      const text = found.digest === null ? 'there is no policy.json: charter and settings alone say what leaves' : JSON.stringify(found.policy, null, 2) // prettier-ignore
      context().output.result(found, text)
      done(EXIT.ok)
    })

const checkCommand: CommandFactory = (context, done) =>
  new Command('check')
    .summary(
      'whether policy.json can be read, and what it forbids of the charter; exit code 1 where it forbids something',
    )
    .addOption(homeOption())
    .addHelpText('after', '\nExample:\n  peermerge policy check --home ./hospital-a --json')
    .action(async ({ home }: HomeFlags) => {
      const checked = await checkPolicy(homePaths(home), Date.now())
      context().output.result(checked, renderCheck(checked))
      done(checked.forbidden.length > 0 ? EXIT.checkFailed : EXIT.ok)
    })

const reloadCommand: CommandFactory = (context, done) =>
  new Command('reload')
    .summary('has the running node read policy.json now; where it is gone, go on without')
    .addOption(homeOption())
    .addHelpText('after', '\nExample:\n  peermerge policy reload --home ./hospital-a')
    .action(async ({ home }: HomeFlags) => {
      const { output, signal } = context()
      const control = await connectControl(homePaths(home))
      const report = (await control.execute({ command: 'policy-reload' }, { signal })) as PolicyReport
      output.result(report, policyLines(report).join('\n'))
      done(EXIT.ok)
    })
