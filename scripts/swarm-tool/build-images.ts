import { docker } from './docker.ts'
import { FILES, IMAGES } from './files.ts'

export interface BuildOptions {
  /** Image that has Node.js; the Dockerfile's own without it. */
  readonly base?: string | undefined
  /** What the build may reach, e.g. none where docker/npm-cache has the packages. */
  readonly network?: string | undefined
}

/** Both images, and the size of the node's in bytes. */
export async function buildImages({ base, network }: BuildOptions): Promise<number> {
  const options = [
    ...(base === undefined ? [] : ['--build-arg', `BASE_IMAGE=${base}`]),
    ...(network === undefined ? [] : ['--network', network]),
  ]
  const env = await builder()
  for (const target of ['node', 'switchboard'] as const) {
    const args = ['build', '-f', FILES.dockerfile, '--target', target, '-t', IMAGES[target], ...options]
    await docker([...args, FILES.root], { env, timeoutMs: 3_600_000 })
  }
  return Number(await docker(['image', 'inspect', '--format', '{{.Size}}', IMAGES.node]))
}

/** The Dockerfile needs no BuildKit; where its plugin is missing the builder before it is asked for. */
async function builder(): Promise<Record<string, string>> {
  return docker(['buildx', 'version']).then(
    () => ({}),
    () => ({ DOCKER_BUILDKIT: '0' }),
  )
}
