/** What becomes of the matches of a pattern that a text is split at. */
export type SplitBehavior = 'Removed' | 'Isolated' | 'Contiguous' | 'MergedWithPrevious' | 'MergedWithNext'

interface Piece {
  readonly text: string
  readonly isMatch: boolean
}

/** Splits a text at a global pattern as the reference's `NormalizedString::split`; empty pieces are left out. */
export function splitText(text: string, pattern: RegExp, behavior: SplitBehavior, invert = false): string[] {
  const pieces = [...cut(text, pattern)].map((piece) =>
    invert ? { ...piece, isMatch: !piece.isMatch } : piece,
  )
  switch (behavior) {
    case 'Isolated':
      return pieces.map((piece) => piece.text)
    case 'Removed':
      return pieces.filter((piece) => !piece.isMatch).map((piece) => piece.text)
    case 'Contiguous':
      return join(pieces, (previous, next) => previous.isMatch === next.isMatch)
    case 'MergedWithPrevious':
      return join(pieces, (previous, next) => next.isMatch && !previous.isMatch)
    case 'MergedWithNext':
      return join(pieces, (previous, next) => previous.isMatch && !next.isMatch)
  }
}

function* cut(text: string, pattern: RegExp): Generator<Piece> {
  let end = 0
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) yield { text: text.slice(end, match.index), isMatch: false }
    if (match[0].length > 0) yield { text: match[0], isMatch: true }
    end = match.index + match[0].length
  }
  if (end < text.length) yield { text: text.slice(end), isMatch: false }
}

/** Puts neighbours together; asked about the pieces as they were cut. */
function join(pieces: readonly Piece[], belongs: (previous: Piece, next: Piece) => boolean): string[] {
  const joined: string[] = []
  for (const [index, piece] of pieces.entries()) {
    const isJoined = index > 0 && belongs(pieces[index - 1]!, piece)
    joined.push(isJoined ? joined.pop()! + piece.text : piece.text)
  }
  return joined
}
