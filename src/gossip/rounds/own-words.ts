import { compareBallots, type AcceptorMemory } from './synod.ts'
import type { Word } from './types.ts'

/** What is on disk may never have left it. A promise that a vote of the same ballot has followed was another one, and is not said again. */
export function wordsToRepeat({ promised, accepted }: AcceptorMemory): readonly Word[] {
  const vote: Word[] = accepted === null ? [] : [{ type: 'vote', ...accepted }]
  const isOver = promised === null || (accepted !== null && compareBallots(promised, accepted.ballot) === 0)
  return isOver ? vote : [...vote, { type: 'promise', ballot: promised, accepted }]
}

/**
 * Whether a memory holds what its owner has said: each word is on disk before it leaves, so that an own word that the memory does not
 * know shows that the disk has been set back.
 */
export function remembers({ promised, accepted }: AcceptorMemory, word: Word): boolean {
  switch (word.type) {
    case 'present':
    case 'pass':
      return true // neither binds its author
    case 'prepare':
    case 'propose':
    case 'promise':
      return promised !== null && compareBallots(promised, word.ballot) >= 0
    case 'vote': {
      const order = accepted === null ? -1 : compareBallots(accepted.ballot, word.ballot)
      return order > 0 || (order === 0 && accepted?.cut === word.cut)
    }
  }
}
