import { Command } from 'commander'
import { positiveInteger } from '../../../src/node/cli/options.ts'
import { docker } from '../docker.ts'
import { renderSwarm } from '../render-swarm.ts'
import { findSite } from '../site-containers.ts'
import { statusOfAll } from '../site-status.ts'
import { waitUntil } from '../chaos/wait-for.ts'
import { holds, judge } from '../verdict.ts'
import { print, withName, type NameFlags } from './context.ts'

export function watchCommands(json: () => boolean): Command[] {
  return [statusCommand(json), logsCommand()]
}

function statusCommand(json: () => boolean): Command {
  return withName(new Command('status'))
    .description('what each site does, and whether all hold the same; exit code 1 where --wait was in vain')
    .option(
      '--wait <seconds>',
      'until all are done and hold the same merge, at most so long',
      positiveInteger,
    )
    .action(async ({ name, wait }: NameFlags & { wait?: number }) => {
      const waited = wait === undefined ? undefined : await waitUntil(name, holds, wait * 1000, new Map())
      const sites = waited?.sites ?? (await statusOfAll(name))
      const verdict = judge(sites)
      print({ ...verdict, made: Object.fromEntries(verdict.made), digests: [...verdict.digests], sites }, renderSwarm(sites, verdict), json()) // prettier-ignore
      if (waited?.held === false) process.exitCode = 1
    })
}

function logsCommand(): Command {
  return withName(new Command('logs'))
    .description('what a site’s container has said')
    .argument('<site>')
    .option('--tail <n>', 'newest lines', positiveInteger, 50)
    .action(async (site: string, { name, tail }: NameFlags & { tail: number }) => {
      const { container } = await findSite(name, site)
      process.stdout.write(await docker(['logs', '--tail', String(tail), container], { bothOutputs: true }))
    })
}
