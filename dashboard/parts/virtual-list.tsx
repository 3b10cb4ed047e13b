import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

interface VirtualListProps<T> {
  readonly label: string
  readonly items: readonly T[]
  readonly keyOf: (item: T) => string | number
  readonly rowHeight: number
  readonly height: number
  readonly row: (item: T) => JSX.Element
}

/** Rows drawn beyond both edges. */
const SPARE = 8

/** A list of which only what is in sight is drawn. Where one has scrolled away from its top, new rows above move nothing. */
export function VirtualList<T>({
  label,
  items,
  keyOf,
  rowHeight,
  height,
  row,
}: VirtualListProps<T>): JSX.Element {
  const place = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const first = useRef<string | number | undefined>(undefined)
  const firstKey = items.length === 0 ? undefined : keyOf(items[0]!)
  useLayoutEffect(() => {
    const before = first.current
    first.current = firstKey
    const element = place.current!
    if (before === undefined || before === firstKey || element.scrollTop === 0) return
    const added = items.findIndex((item) => keyOf(item) === before)
    if (added > 0) element.scrollTop += added * rowHeight
  }, [firstKey])
  useEffect(() => {
    const element = place.current!
    const moved = (): void => setTop(element.scrollTop)
    element.addEventListener('scroll', moved, { passive: true })
    return () => element.removeEventListener('scroll', moved)
  }, [])
  const from = Math.max(0, Math.floor(top / rowHeight) - SPARE)
  const shown = items.slice(from, from + Math.ceil(height / rowHeight) + 2 * SPARE)
  return (
    <div class="virtual" role="region" aria-label={label} tabIndex={0} ref={place} style={{ height }}>
      <ol style={{ height: items.length * rowHeight }}>
        {shown.map((item, i) => (
          <li
            key={keyOf(item)}
            aria-setsize={items.length}
            aria-posinset={from + i + 1}
            style={{ top: (from + i) * rowHeight, height: rowHeight }}
          >
            {row(item)}
          </li>
        ))}
      </ol>
    </div>
  )
}
