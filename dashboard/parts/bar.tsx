import type { JSX } from 'preact'

/** A share as a bar beside its number, which says it to who cannot see it. */
export function Bar({
  share,
  tone = 'accent',
}: {
  readonly share: number
  readonly tone?: string
}): JSX.Element {
  return (
    <svg class={`bar ${tone}`} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect class="ground" width="100" height="6" rx="1" />
      <rect class="fill" width={Math.max(0, Math.min(100, 100 * share))} height="6" rx="1" />
    </svg>
  )
}
