import { useEffect, useState } from 'preact/hooks'

const NARROW = matchMedia('(max-width: 640px)')

/** Whether the page is as narrow as a telephone. */
export function useNarrow(): boolean {
  const [isNarrow, set] = useState(NARROW.matches)
  useEffect(() => {
    const changed = (): void => set(NARROW.matches)
    NARROW.addEventListener('change', changed)
    return () => NARROW.removeEventListener('change', changed)
  }, [])
  return isNarrow
}
