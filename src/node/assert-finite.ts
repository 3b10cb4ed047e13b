import type { ContributionDraft } from './assemble-contribution.ts'
import { PublishRefusedError } from './errors.ts'

/** Refuses numbers that are not finite; looks at every one. @throws PublishRefusedError - reason `non-finite` */
export function assertFinite({ tensors }: Pick<ContributionDraft, 'tensors'>): void {
  for (const [name, { data }] of tensors) {
    const index = data.findIndex((value) => !Number.isFinite(value))
    if (index >= 0) {
      const problem = `${name}, entry ${index} is ${data[index]}; lower the learning rate or look for broken inputs`
      throw new PublishRefusedError('non-finite', problem, { tensor: name, index })
    }
  }
}
