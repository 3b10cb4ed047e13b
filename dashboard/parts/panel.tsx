import type { ComponentChildren, JSX } from 'preact'

interface PanelProps {
  readonly id: string
  readonly title: string
  /** What is said beside the title. */
  readonly note?: ComponentChildren
  readonly wide?: boolean
  readonly children: ComponentChildren
}

export function Panel({ id, title, note, wide = false, children }: PanelProps): JSX.Element {
  return (
    <section id={id} class={wide ? 'panel wide' : 'panel'} aria-labelledby={`${id}-title`}>
      <div class="head">
        <h2 id={`${id}-title`}>{title}</h2>
        {note !== undefined && <div class="note">{note}</div>}
      </div>
      {children}
    </section>
  )
}
