import type { JSX } from 'preact'
import type { HelpSummary } from '../../src/node/dashboard/wire.ts'
import { accuracy, ago, plural, points, shortDigest } from '../format.ts'
import { Panel } from '../parts/panel.tsx'
import { ScrollTable } from '../parts/scroll-table.tsx'

const HEAD = ['site', 'effect', 'difference', 'better', 'worse', 'tied', 'chance']
const TONE = { helps: 'good', harms: 'bad', unclear: 'quiet' } as const

interface HelpProps {
  readonly help: HelpSummary | null
  readonly now: number
}

/** What the merge owes to each site, as `who-helps` said last: nothing is computed for the page. */
export function HelpPanel({ help, now }: HelpProps): JSX.Element {
  return (
    <Panel id="help" title="Who helps this site" note={help !== null && <Age {...help} now={now} />}>
      {help === null ? (
        <p class="empty">
          Nobody has asked yet what the merge would get right without each of the sites; that takes a merge
          and a pass over the held-out samples for each.
        </p>
      ) : (
        <Report {...help} />
      )}
      <p class="foot">
        {help === null ? 'Ask:' : 'Anew:'} <code>peermerge who-helps</code>
      </p>
    </Panel>
  )
}

function Age({
  at,
  isNewestMerge,
  now,
}: Pick<HelpSummary, 'at' | 'isNewestMerge'> & { readonly now: number }): JSX.Element {
  return (
    <>
      {!isNewestMerge && <span class="warn">of an earlier merge</span>}
      <time dateTime={new Date(at).toISOString()}>{ago(at, now)}</time>
    </>
  )
}

function Report({ merge, correct, count, sites, siteCount }: HelpSummary): JSX.Element {
  return (
    <>
      <p class="sum">
        Merge <code title={merge}>{shortDigest(merge)}</code> has{' '}
        <b>
          {correct.toLocaleString('en')} of {plural(count, 'held-out sample')}
        </b>{' '}
        right, {accuracy({ correct, count })}. Beside it the merge without each of {plural(siteCount, 'site')}
        :
      </p>
      <ScrollTable label="Who helps, by site" head={HEAD} numeric={[2, 3, 4, 5, 6]}>
        {sites.map(({ name, self, effect, difference, gained, lost, tied, chance }, i) => (
          <tr key={i}>
            <th scope="row">{self ? `${name} (this site)` : name}</th>
            <td class={TONE[effect]}>{effect}</td>
            <td class="number">{points(difference)}</td>
            <td class="number">{gained.toLocaleString('en')}</td>
            <td class="number">{lost.toLocaleString('en')}</td>
            <td class="number">{tied.toLocaleString('en')}</td>
            <td class="number">{chance < 0.001 ? '< 0.001' : chance.toFixed(3)}</td>
          </tr>
        ))}
      </ScrollTable>
      <p class="hint">
        In points, and in samples that the merge with the site gets right and the one without it does not, or
        the other way round; helps, harms: more than chance explains (5 %).
      </p>
    </>
  )
}
