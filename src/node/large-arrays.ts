/** Smaller ones are copied faster than handed over; Node's own pools, which cannot be handed over, are smaller too. */
const LARGE_BYTES = 1_048_576

type TypedArray = Exclude<NodeJS.ArrayBufferView, DataView>

/**
 * The memory of large typed arrays in a message (maps, arrays and plain objects in each other), for `postMessage` to hand over
 * instead of copying it: the sender cannot use the arrays afterwards.
 */
export function largeBuffers(message: unknown): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>()
  eachArray(message, ({ buffer }) => {
    if (buffer instanceof ArrayBuffer && buffer.byteLength >= LARGE_BYTES) buffers.add(buffer)
  })
  return [...buffers]
}

/**
 * The same message with copies of its large arrays, whose memory may be handed over while the sender keeps its own. The copy is made
 * in the sending thread; without it the receiving one would make it.
 */
export function withOwnArrays<T>(message: T): T {
  return mapArrays(message, (array) => (array.byteLength >= LARGE_BYTES ? array.slice() : array)) as T
}

function eachArray(value: unknown, visit: (array: TypedArray) => void): void {
  mapArrays(value, (array) => {
    visit(array)
    return array
  })
}

function mapArrays(value: unknown, map: (array: TypedArray) => TypedArray): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (ArrayBuffer.isView(value)) return value instanceof DataView ? value : map(value as TypedArray)
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [key, mapArrays(one, map)]))
  if (Array.isArray(value)) return isOfNames(value) ? value : value.map((one) => mapArrays(one, map))
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapArrays(one, map)]))
}

/** Lists of ids and numbers are long and hold no arrays. */
function isOfNames(list: readonly unknown[]): boolean {
  return list.length > 0 && typeof list[0] !== 'object'
}
