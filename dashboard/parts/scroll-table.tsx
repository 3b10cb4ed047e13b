import type { ComponentChildren, JSX } from 'preact'

interface ScrollTableProps {
  readonly label: string
  readonly head: readonly ComponentChildren[]
  /** Columns with numbers, which stand to the right. */
  readonly numeric?: readonly number[]
  readonly children: ComponentChildren
}

/** A table that scrolls within its panel, by keyboard too. */
export function ScrollTable({ label, head, numeric = [], children }: ScrollTableProps): JSX.Element {
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map((cell, i) => (
              <th key={i} scope="col" class={numeric.includes(i) ? 'number' : ''}>
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  )
}
