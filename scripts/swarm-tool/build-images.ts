import { docker } from './docker.ts'
import { FILES, IMAGES } from './files.ts'

export interface BuildOptions {
  /** Image that has Node.js; the Dockerfile's own without it. */
  readonly base?: string | undefined
  /** What the build may reach, e.g. none where docker/npm-cache has the packages. */
  readonly network?: string | undefined
  /** Uses nothing of an earlier build. @default false */
  readonly fresh?: boolean
}

/** Both images, and the size of the node's in bytes. */
export async function buildImages(options: BuildOptions): Promise<number> {
  for (const target of ['node', 'switchboard'] as const) await buildImage(target, IMAGES[target], options)
  return Number(await docker(['image', 'inspect', '--format', '{{.Size}}', IMAGES.node]))
}

export async function buildImage(
  target: keyof typeof IMAGES,
  tag: string,
  { base, network, fresh = false }: BuildOptions,
): Promise<void> {
  const options = [
    ...(base === undefined ? [] : ['--build-arg', `BASE_IMAGE=${base}`]),
    ...(network === undefined ? [] : ['--network', network]),
    ...(fresh ? ['--no-cache'] : []),
  ]
  const args = ['build', '-f', FILES.dockerfile, '--target', target, '-t', tag, ...options, FILES.root]
  await docker(args, { env: await builder(), timeoutMs: 3_600_000 })
}

/** The Dockerfile needs no BuildKit; where its plugin is missing the builder before it is asked for. */
async function builder(): Promise<Record<string, string>> {
  return docker(['buildx', 'version']).then(
    () => ({}),
    () => ({ DOCKER_BUILDKIT: '0' }),
  )
}
