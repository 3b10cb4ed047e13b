import Table from 'cli-table3'
import pc from 'picocolors'

/** A table for a terminal; without colours where they are not wanted (a pipe, NO_COLOR). */
export function terminalTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  rightFrom = head.length,
): string {
  const table = new Table({
    head: [...head],
    style: pc.isColorSupported ? { head: ['cyan'], border: ['gray'] } : { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' }, // no line between rows
    colAligns: head.map((_, column) => (column >= rightFrom ? 'right' : 'left')),
  })
  for (const row of rows) table.push([...row])
  return table.toString()
}
