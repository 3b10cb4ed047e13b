import { createHash } from 'node:crypto'
import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { Identity } from '../../src/gossip/index.ts'

type Verify = (data: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>

/** Answers kept before they are forgotten. */
const REMEMBERED = 20_000

/**
 * In a simulation every node of one process checks the same signatures, which would be a third of its time: each is checked
 * once, and the answer is given again to whoever asks the same.
 */
export function rememberSignatures({ privateKey }: Identity): void {
  const prototype = Object.getPrototypeOf(publicKeyFromRaw(privateKey.publicKey.raw)) as {
    verify: Verify
    isQuick?: true
  }
  if (prototype.isQuick === true) return
  const { verify } = prototype
  const answers = new Map<string, boolean | Promise<boolean>>()
  prototype.isQuick = true
  prototype.verify = function (this: { raw: Uint8Array }, data, signature) {
    const hash = createHash('sha256').update(this.raw).update(data)
    const key = `${hash.digest('base64')} ${Buffer.from(signature).toString('base64')}`
    const known = answers.get(key)
    if (known !== undefined) return known
    if (answers.size > REMEMBERED) answers.clear()
    const answer = verify.call(this, data, signature)
    answers.set(key, answer)
    return answer
  }
}
