/** `next`, with every part that says the same as in `before` taken from there, so that what has not changed is the same object and is not drawn anew. */
export function shared<T>(before: unknown, next: T): T {
  if (Object.is(before, next) || !isObject(before) || !isObject(next)) return next
  if (Array.isArray(before) !== Array.isArray(next)) return next
  const old = before as Record<string, unknown>
  const keys = Object.keys(next)
  let isSame = keys.length === Object.keys(old).length
  const made = (Array.isArray(next) ? [] : {}) as Record<string, unknown>
  for (const key of keys) {
    made[key] = shared(old[key], (next as Record<string, unknown>)[key])
    if (!(key in old) || made[key] !== old[key]) isSame = false
  }
  return (isSame ? before : made) as T
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
