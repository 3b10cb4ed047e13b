import type { HomeMeasure } from '../types.ts'
import type { HomeRow, HomeTable } from './at-home.ts'
import { percent, points, row, signed } from './phrases.ts'
import type { Ticket } from './tickets.ts'

const SAID: Readonly<Record<HomeMeasure, string>> = {
  home: 'Percent right on held-out samples like each site’s own, of all classes: the one model, or where every site has its own, that; and by how much it is better or worse than the site alone, whose better head counts.',
  balanced:
    'The same as balanced accuracy, the mean of both classes’ shares that are right, which a site with few of one class does not hide:',
  auc: 'The same as area under the ROC curve, in percent: whether samples are in the right order, wherever the line between the classes lies:',
}

/** One table a measure; nothing where the data do not say what is like a site's own. */
export function homeSections(tables: readonly HomeTable[]): string[] {
  return tables.flatMap(({ measure, rows }) => ['', SAID[measure], '', ...homeTable(rows)])
}

function homeTable(rows: readonly HomeRow[]): string[] {
  const sites = Math.max(...rows.map(({ gains }) => gains.length))
  const head = ['method', 'head', 'mean over sites', 'worst site', ...Array.from({ length: sites }, (_, i) => `site ${i + 1}, against alone`)] // prettier-ignore
  return [
    row(head),
    row(head.map((_, i) => (i < 2 ? '---' : '---:'))),
    ...rows.map((one) => {
      const gains = one.gains.map(({ difference, verdict }) => `${signed(difference)} ${verdict}`)
      return row([`\`${one.method}\``, one.head, percent(one.mean), percent(one.worst), ...gains])
    }),
  ]
}

/** Nothing where FedSelect was not run. */
export function ticketSection(tickets: readonly Ticket[]): string[] {
  if (tickets.length === 0) return []
  return [
    '',
    'Percent right on the same samples by the share of entries that FedSelect had made personal by the last training, mean over sites:',
    '',
    row(['method', 'personal', 'mean over sites', 'worst site']),
    row(['---', '---:', '---:', '---:']),
    ...tickets.map(({ method, personal, home, worst }) =>
      row([`\`${method}\``, `${points(personal)} %`, percent(home), percent(worst)]),
    ),
  ]
}
