import { sha256Hex } from '../../../merge/index.ts'

/** Stands for the digest of a charter: an experiment has no consortium. */
export const CHARTER = sha256Hex(new TextEncoder().encode('peermerge experiment'))

export const CONTEXT = { charter: CHARTER }
