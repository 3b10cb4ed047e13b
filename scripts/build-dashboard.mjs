// Bundles dashboard/ (the page that a node shows to a browser) into dist/dashboard:  node scripts/build-dashboard.mjs
// One script and one style sheet with all that they need; the page loads nothing from elsewhere.
import { build } from 'esbuild'
import { copyFileSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const SOURCE = fileURLToPath(new URL('../dashboard/', import.meta.url))
const TARGET = fileURLToPath(new URL('../dist/dashboard/', import.meta.url))

mkdirSync(TARGET, { recursive: true })
await build({
  entryPoints: { app: `${SOURCE}main.tsx` },
  outdir: TARGET,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  tsconfig: `${SOURCE}tsconfig.json`,
  legalComments: 'inline', // licences of what is bundled
  logLevel: 'warning',
})
for (const file of ['index.html', 'icon.svg']) copyFileSync(SOURCE + file, TARGET + file)
