// For `node --import`: reads TypeScript through tsx; in an integration test a module of src/ is what was built from it. What runs from dist/, as the
// processes do that such a test starts, needs neither.
import { register } from 'node:module'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const program = process.argv[1] ?? ''

if (!program.startsWith(join(root, 'dist/'))) {
  await import('tsx')
  if (program.startsWith(join(root, 'test/integration/'))) register('./built-sources.mjs', import.meta.url)
}
