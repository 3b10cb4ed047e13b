import { DatasetError } from '../errors.ts'
import type { UnknownLabel } from '../types.ts'
import { nearNames } from '../../nearest-names.ts'

/** Labels are counted one by one; more than this are texts or numbers in the wrong column. */
const MAX_LABELS = 10_000

/** Labels that a sentence names; all of them stand in the summary. */
const MAX_NAMED = 5

/** Labels that are no classes of the charter, as of tasks to come, and how many samples were left out with each. */
export class UnknownLabels {
  readonly #counts = new Map<string, number>()

  /** By label, in order of code units. */
  get counted(): UnknownLabel[] {
    return [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([label, count]) => ({ label, count }))
  }

  /** @throws DatasetError ERR_TABLE - so many labels that they are none */
  add(path: string, label: string, count = 1): void {
    if (count === 0) return // a folder without a sample
    this.#counts.set(label, (this.#counts.get(label) ?? 0) + count)
    if (this.#counts.size <= MAX_LABELS) return
    const text = `more than ${MAX_LABELS} labels that are no class of the charter, the last one ${shown(label)}; name the column of classes`
    throw new DatasetError('ERR_TABLE', path, text, { labels: this.#counts.size })
  }

  /** How much was left out, and labels that may be misspelt classes; nothing where none was. @param what - plural, as `rows` */
  warnings(what: string, path: string, classes: readonly string[]): string[] {
    const { counted } = this
    if (counted.length === 0) return []
    const total = counted.reduce((sum, { count }) => sum + count, 0)
    const more = counted.length > MAX_NAMED ? ', …' : ''
    const named = counted.slice(0, MAX_NAMED).map(({ label, count }) => `${count} × ${shown(label)}`)
    const leftOut = `${total} ${what} of ${path} have labels that are no class of the charter and were left out: ${named.join(', ')}${more}`
    const alike = counted.flatMap(({ label, count }) => {
      const near = nearNames(label, classes).map(shown)
      return near.length === 0 ? [] : [`${shown(label)} (${count} ${what}) is much like ${near.join(', ')}`]
    })
    if (alike.length === 0) return [leftOut]
    return [leftOut, `labels that were left out may be classes that are spelt otherwise: ${alike.join('; ')}`]
  }
}

const shown = (label: string): string => JSON.stringify(label.slice(0, 80))
