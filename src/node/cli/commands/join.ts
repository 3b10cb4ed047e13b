import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import pc from 'picocolors'
import { joinByTicket } from '../../membership/join-by-ticket.ts'
import type { JoinStep } from '../../membership/join-step.ts'
import { joinSite, type SiteSetup } from '../../site-setup.ts'
import type { CommandContext, CommandFactory } from '../command.ts'
import { EXIT } from '../output.ts'
import { addSiteOptions, siteOptions, type SiteFlags } from '../site-options.ts'
import { counted } from '../../units.ts'

interface JoinFlags extends SiteFlags {
  readonly fingerprint?: string
  readonly replaces?: string
}

export const joinCommand: CommandFactory = (context, done) =>
  addSiteOptions(
    new Command('join').argument('<ticket>', 'ticket that a member made, or a file that holds it; or the charter.json that lists this site’s key'), // prettier-ignore
  )
    .option('--fingerprint <text>', 'of the ticket, as it was read out; another ticket is refused')
    .option('--replaces <member>', 'this site lost its key: ask to go on under the name of this member')
    .summary('enter a consortium with a ticket')
    .description(
      'Shows the consortium, checks that the backbone is its charter’s, asks to be let in, and waits for a member’s word where the charter wants one. The home is written when the site is a member; run it again to take up a broken-off attempt.',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (argument: string, flags: JoinFlags) => {
      const setup = await join(context(), await readArgument(argument), flags)
      const next = `peermerge run --home ${setup.home}`
      context().output.result(setup, `${flags.site} is a member: ${setup.peer}\nnext: ${next}`)
      done(EXIT.ok)
    })

const EXAMPLES = `
Examples:
  peermerge join pm1… --home ./hospital-b --site hospital-b --backbone ./vit-tiny --data ./scans
  peermerge join pm1… --reachable no --home ./b --site hospital-b --backbone ./vit-tiny --data ./scans    # behind a firewall
  peermerge join pm1… --listen-only --home ./c --site registry --backbone ./vit-tiny    # takes, and gives nothing; --data would have it score what it takes
  peermerge join ticket.txt --fingerprint K7QX-2M4P --home ./b --site hospital-b --backbone ./vit-tiny --data ./scans
  peermerge join pm1… --replaces hospital-b --home ./b2 --site hospital-b --backbone ./vit-tiny --data ./scans`

/** A ticket's text, or the path of a charter. */
type JoinArgument = { readonly ticket: string } | { readonly charterFile: string }

const TICKET = /^\s*pm1[\w\s-]+$/u

async function readArgument(argument: string): Promise<JoinArgument> {
  if (TICKET.test(argument)) return { ticket: argument }
  const text = await readFile(argument, 'utf8').catch(() => '') // what is wrong with it is said by who reads the charter
  return TICKET.test(text) ? { ticket: text } : { charterFile: argument }
}

function join(
  { output, signal }: CommandContext,
  argument: JoinArgument,
  flags: JoinFlags,
): Promise<SiteSetup> {
  const fetch = { signal, progress: process.stderr }
  const site = siteOptions(flags)
  if ('charterFile' in argument) return joinSite(site, argument.charterFile, fetch)
  const { fingerprint, replaces } = flags
  const onStep = (step: JoinStep): void => output.note(describeStep(step))
  return joinByTicket({ ...argument, site, fingerprint, replaces, onStep }, fetch)
}

function describeStep(step: JoinStep): string {
  switch (step.type) {
    case 'welcome':
      return [
        `${pc.bold(step.name)}  consortium ${step.consortium.slice(0, 12)}, ${counted(step.members, 'member')}, ${step.member} answers`,
        `ticket ${pc.bold(step.ticketFingerprint)}, charter ${step.charter}`,
      ].join('\n')
    case 'waiting':
      return `asked to join; a member accepts with: peermerge accept ${pc.bold(step.fingerprint)}\nwaiting (Ctrl-C stops; the same command goes on)`
    case 'retry':
      return `${step.problem}; again in ${(step.waitMs / 1000).toFixed(1)} s`
  }
}
