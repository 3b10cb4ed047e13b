import { editDistance } from '../../nearest-names.ts'

/** A label that others go by already. */
export interface KnownClass {
  readonly label: string
  /** Where: `the charter`, or a task by name. */
  readonly of: string
}

export interface Likeness {
  readonly label: string
  readonly like: KnownClass
  /** Case, white space or form of Unicode alone; or a few letters. */
  readonly differs: 'form' | 'letters'
}

/** Labels with more letters may differ in so many and still look like one word mistyped. */
const MIN_LETTERS = 4
const LETTERS_A_SLIP = 4
const MAX_SLIPS = 2

/**
 * Those of `labels` that look like another spelling of a known one, or of one another. The same label is no other spelling. `known` names
 * each label once.
 */
export function likenesses(labels: readonly string[], known: readonly KnownClass[]): Likeness[] {
  const isKnown = new Set(known.map(({ label }) => label))
  const byForm = new Map(known.map((like) => [formKey(like.label), like]))
  const others = known.map((like) => ({ like, letters: letterSet(like.label) }))
  return labels.flatMap((label): Likeness[] => {
    const key = formKey(label)
    const sameForm = byForm.get(key)
    if (!byForm.has(key)) byForm.set(key, { label, of: 'the same task' })
    if (isKnown.has(label)) return []
    if (sameForm !== undefined) return [{ label, like: sameForm, differs: 'form' }]
    const letters = letterSet(label)
    const slip = others.find((other) => mayBeNear(letters, other.letters) && isSlip(label, other.like.label))
    return slip === undefined ? [] : [{ label, like: slip.like, differs: 'letters' }]
  })
}

/** Equal for labels that differ by case, white space or form of Unicode alone. */
export function formKey(label: string): string {
  return label.normalize('NFKC').toUpperCase().toLowerCase().replace(/\s+/gu, '').normalize('NFKC')
}

/** What differs in its numbers is numbered, not mistyped. */
function isSlip(a: string, b: string): boolean {
  const shorter = Math.min(a.length, b.length)
  if (shorter < MIN_LETTERS || digitsOf(a) !== digitsOf(b)) return false
  return editDistance(a.toLowerCase(), b.toLowerCase()) <= Math.min(MAX_SLIPS, Math.floor(shorter / LETTERS_A_SLIP)) // prettier-ignore
}

function digitsOf(label: string): string {
  return label.replace(/\D+/gu, ' ').trim()
}

/** One bit for each kind of letter, 32 kinds. */
function letterSet(label: string): number {
  const small = label.toLowerCase()
  let bits = 0
  for (let i = 0; i < small.length; i++) bits |= 1 << (small.charCodeAt(i) & 31)
  return bits
}

/** One slip adds a kind of letter at most and takes one away; ten million pairs of labels are looked at within a blink. */
function mayBeNear(a: number, b: number): boolean {
  let differing = a ^ b
  let count = 0
  for (; differing !== 0 && count <= 2 * MAX_SLIPS; count++) differing &= differing - 1
  return count <= 2 * MAX_SLIPS
}
