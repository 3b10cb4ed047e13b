import { compose } from './docker.ts'
import { FILES } from './files.ts'
import { northAndSouth, settingsEnvironment, type SwarmSettings } from './settings.ts'

export function composeFiles(name: string): string[] {
  return ['--project-name', name, ...FILES.compose.flatMap((file) => ['-f', file])]
}

export async function raiseCompose(settings: SwarmSettings): Promise<void> {
  const { north, south } = northAndSouth(settings.peers)
  const scale = ['--scale', `north=${north}`, '--scale', `south=${south}`]
  const env = settingsEnvironment(settings)
  await compose([...composeFiles(settings.name), 'up', '--detach', ...scale], { env })
}
