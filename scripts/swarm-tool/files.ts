import { join } from 'node:path'

const dir = join(import.meta.dirname, '..', '..', 'docker')

/** What a swarm is described by, and the root that an image is built from. */
export const FILES = {
  root: join(dir, '..'),
  dockerfile: join(dir, 'Dockerfile'),
  stack: [join(dir, 'stack.yaml'), join(dir, 'stack.faults.yaml')],
  compose: [join(dir, 'compose.yaml'), join(dir, 'compose.faults.yaml')],
} as const

export const IMAGES = { node: 'peermerge', switchboard: 'peermerge-switchboard' } as const
