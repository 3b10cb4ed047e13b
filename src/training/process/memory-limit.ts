/** How a process ends that has taken more memory than it may. */
export const MEMORY_EXIT_CODE = 77

/** Often enough that what is taken between two looks is little; a look takes some microseconds. */
const LOOK_MS = 250

const FLAG = '--memory-bytes='

export function memoryArguments(bytes: number | undefined): string[] {
  return bytes === undefined ? [] : [`${FLAG}${bytes}`]
}

/** Ends this process when its resident memory is over what its arguments say; native memory counts, as no limit of the engine would. */
export function obeyMemoryLimit(argv: readonly string[]): void {
  const bytes = Number(argv.find((argument) => argument.startsWith(FLAG))?.slice(FLAG.length) ?? Infinity)
  if (bytes === Infinity) return
  const look = (): void => {
    if (process.memoryUsage.rss() > bytes) process.exit(MEMORY_EXIT_CODE)
  }
  setInterval(look, LOOK_MS).unref()
}
