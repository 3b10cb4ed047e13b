import type { Level } from 'pino'

const LEVELS: readonly string[] = ['error', 'warn', 'info', 'debug', 'trace']

/** Levels by namespace, from text such as `gossip:debug,node:store:trace`; what makes no sense is left out. */
export function parseLogLevels(text: string): ReadonlyMap<string, Level> {
  const entries = text.split(',').flatMap((part): [string, Level][] => {
    const at = part.lastIndexOf(':')
    const [namespace, level] = [part.slice(0, at).trim(), part.slice(at + 1).trim()]
    return at > 0 && LEVELS.includes(level) ? [[namespace, level as Level]] : []
  })
  return new Map(entries)
}

/** The level of a namespace, or of the one that it is part of: `node:debug` also speaks of `node:store`. */
export function levelOf(levels: ReadonlyMap<string, Level>, namespace: string): Level | undefined {
  const exact = levels.get(namespace)
  const end = namespace.lastIndexOf(':')
  return exact !== undefined || end < 0 ? exact : levelOf(levels, namespace.slice(0, end))
}
