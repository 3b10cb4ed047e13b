import { gramForm, type Safetensors } from '../../merge/index.ts'
import type { Charter } from '../charter.ts'

/** Which tensors hold packed Grams: by the charter where there is one, else every Gram that has no vectors beside it. */
export function packedGrams(
  { entries }: Pick<Safetensors, 'entries'>,
  charter: Charter | undefined,
): (name: string) => boolean {
  const form = charter === undefined ? undefined : gramForm(charter)?.form
  const isOther = form === 'diagonal' || form === 'top-k'
  return (name) =>
    name === 'classifier/gram' ||
    (name.startsWith('gram/') && !isOther && !/\.(?:vectors|rest)$/.test(name) && !entries.has(`${name}.vectors`)) // prettier-ignore
}
