import { buildImages, type BuildOptions } from '../../scripts/swarm-tool/build-images.ts'
import { docker, missingEngine } from '../../scripts/swarm-tool/docker.ts'

/** Why these tests cannot run here; undefined where they can. */
export async function whyNoEngine(): Promise<string | undefined> {
  const missing = await missingEngine()
  return missing === undefined ? undefined : `no Docker engine answers: ${missing}`
}

let built: Promise<number> | undefined

/** The images as they are built from this checkout, once a process; returns the bytes of the node's. */
export function builtImages(): Promise<number> {
  built ??= buildImages(buildOptions())
  return built
}

/** Where no image registry or no npm registry is reachable, docs/docker.md says what to set. */
export function buildOptions(): BuildOptions {
  return { base: process.env.PEERMERGE_BASE_IMAGE, network: process.env.PEERMERGE_BUILD_NETWORK }
}

/** Makes this engine a manager of a swarm where it is none; returns what makes it as it was. */
export async function swarmMode(): Promise<() => Promise<void>> {
  const state = (await docker(['info', '--format', '{{.Swarm.LocalNodeState}}'])).trim()
  if (state === 'active') return () => Promise.resolve()
  await docker(['swarm', 'init', '--advertise-addr', '127.0.0.1'])
  return async () => {
    await docker(['swarm', 'leave', '--force'])
  }
}
