/**
 * Shrinks gradients together, in place, so that their common length is at most `maxNorm`: g ← g · min(1, maxNorm / ‖g‖₂), the norm over
 * all entries of all of them. Precision: the norm in float64. Returns the norm before.
 *
 * @see Pascanu et al., arXiv:1211.5063; equals torch.nn.utils.clip_grad_norm_ up to the 1e-6 that it adds to the norm
 */
export function clipGradients(gradients: Iterable<Float32Array>, maxNorm: number): number {
  const all = [...gradients]
  let sum = 0
  for (const gradient of all) for (const entry of gradient) sum += entry * entry
  const norm = Math.sqrt(sum)
  if (norm <= maxNorm) return norm
  const scale = maxNorm / norm
  for (const gradient of all) for (let i = 0; i < gradient.length; i++) gradient[i]! *= scale
  return norm
}
