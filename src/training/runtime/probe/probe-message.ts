/** What the process that tries a runtime tells, in this order; it ends with `done` or `failed`, or without a word. */
export type ProbeMessage =
  | { readonly kind: 'available'; readonly detail: string }
  | { readonly kind: 'timed'; readonly stepMs: number }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly reason: string }
