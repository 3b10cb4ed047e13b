import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildImage } from '../../scripts/swarm-tool/build-images.ts'
import { docker } from '../../scripts/swarm-tool/docker.ts'
import { IMAGES } from '../../scripts/swarm-tool/files.ts'
import { buildOptions, builtImages, whyNoEngine } from './engine.ts'

const skip = await whyNoEngine()
const AS_IN_FILES = ['run', '--rm', '--read-only', '--cap-drop', 'ALL', '--network', 'none']

test('the image is small, and has native files of this platform only', { skip }, async () => {
  assert.ok((await builtImages()) < 400e6)
  const find = ['find', '/opt/peermerge/node_modules', '-name', '*.node', '-o', '-name', '*.so*', '-o', '-name', '*.dylib', '-o', '-name', '*.dll'] // prettier-ignore
  const files = (await inside(find)).trim().split('\n')
  assert.ok(files.length > 2)
  for (const file of files) assert.doesNotMatch(file, /darwin|win32|android|\.dll|\.dylib|tfjs-node/)
  assert.match(await docker([...AS_IN_FILES, IMAGES.node, 'runtimes']), /onnx/)
  assert.match(await docker([...AS_IN_FILES, IMAGES.node, '--version']), /^\d+\.\d+\.\d+/)
})

test(
  'it runs as nobody in particular, writes to its volume alone, and says what it lacks',
  { skip },
  async () => {
    await builtImages()
    assert.match(await inside(['id']), /uid=10001/)
    await inside([
      'sh',
      '-c',
      '! touch /x 2>/dev/null && ! touch /opt/peermerge/x 2>/dev/null && touch /data/x',
    ])
    const without = docker([...AS_IN_FILES, '--env', 'PEERMERGE_SITE=mill', IMAGES.node])
    await assert.rejects(without, /\/run\/secrets\/ticket/)
  },
)

test(
  'built anew from the same sources it is the same, layer by layer',
  { skip, timeout: 3_000_000 },
  async () => {
    await builtImages()
    const again = `${IMAGES.node}:again`
    await buildImage('node', again, { ...buildOptions(), fresh: true })
    const layers = (image: string): Promise<string> =>
      docker(['image', 'inspect', '--format', '{{json .RootFS.Layers}}', image])
    assert.equal(await layers(again), await layers(IMAGES.node))
    await docker(['image', 'rm', again])
  },
)

function inside([command = '', ...args]: readonly string[]): Promise<string> {
  return docker([...AS_IN_FILES, '--entrypoint', command, IMAGES.node, ...args])
}
