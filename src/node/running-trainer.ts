import { namespaced } from './logger.ts'
import { limitsInForce } from './policy/limits-in-force.ts'
import type { RunningSiteInit } from './running-site-init.ts'
import { TrainerHost } from './site-trainer.ts'

/** The trainer of a running site: what it meets is told as events. */
export function createTrainer(
  init: Pick<RunningSiteInit, 'site' | 'logger' | 'hub' | 'problems' | 'policy' | 'onProgress'>,
): TrainerHost {
  const { site, logger, hub, problems, policy } = init
  return new TrainerHost({
    charter: site.charter,
    spec: site.spec,
    config: site.config,
    checkpoint: site.paths.checkpoint,
    limits: () => limitsInForce({ ...site, policy: policy.policy }),
    mayWork: () => policy.training,
    logger: namespaced(logger, 'training'),
    onProgress: (progress) => {
      init.onProgress(progress)
      hub.emit({ type: 'progress', progress })
    },
    onSkipped: (where, reason) => hub.emit({ type: 'skipped', where, reason }),
    onWarning: (text) => problems.add('data', text),
  })
}
