import { PeermergeError } from '../../errors.ts'
import type { SiteTrainer } from '../../training/index.ts'
import type { HomePaths } from '../home.ts'

/** @throws PeermergeError ERR_NOTHING_HELD_OUT */
export function assertHeldOut({ sites }: SiteTrainer, { config }: Pick<HomePaths, 'config'>): void {
  if (sites[0]!.heldOut.count > 0) return
  const text = `${config}: no samples are held out to compare models on; set trainFraction below 1, or heldOut`
  throw new PeermergeError('ERR_NOTHING_HELD_OUT', text, { config })
}
