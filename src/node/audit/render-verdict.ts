import pc from 'picocolors'
import { isoTime } from './iso-time.ts'
import type { AuditVerdict } from './types.ts'

/** One line for each check, what is not proven, and one clear verdict at the end. */
export function renderVerdict({ ok, log, checks, notProven, merge }: AuditVerdict): string {
  const { name, peer, entries, head } = log
  const failed = checks.filter((check) => !check.ok).map(({ what }) => what)
  return [
    `log of ${name ?? 'nobody'}  ${peer ?? ''}`,
    `${entries} entries, ${day(log.firstAt)} to ${day(log.lastAt)} by the site's clock, head ${head ?? 'none'}`,
    ...checks.map(({ what, ok: holds, expected, actual }) =>
      holds
        ? `${pc.green('holds')}   ${what}`
        : `${pc.red('FAILS')}   ${what}: expected ${brief(expected)}, found ${brief(actual)}`,
    ),
    'not proven:',
    ...notProven.map((line) => `  - ${line}`),
    ok
      ? pc.green(`VERIFIED${merge === null ? '' : `: the log holds, and its newest merge is ${merge}`}`)
      : pc.red(`NOT VERIFIED: ${failed.join(', ')}`),
  ].join('\n')
}

function day(time: number | null): string {
  return time === null ? 'never' : isoTime(time).slice(0, 16).replace('T', ' ')
}

/** A list of ids would fill the screen; `--json` has it whole. */
function brief(text: string): string {
  return text.length > 300 ? `${text.slice(0, 297)}…` : text
}
