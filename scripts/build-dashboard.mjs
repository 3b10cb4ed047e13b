// Bundles dashboard/ (the page that a node shows to a browser) into dist/dashboard:  node scripts/build-dashboard.mjs
// One script and one style sheet with all that they need; the page loads nothing from elsewhere.
import { build } from 'esbuild'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
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
  legalComments: 'none', // all of licences.txt
  logLevel: 'warning',
})
for (const file of ['index.html', 'icon.svg']) copyFileSync(SOURCE + file, TARGET + file)

const MODULES = fileURLToPath(new URL('../node_modules/', import.meta.url))
const licences = ['preact', 'uplot'].map(
  (name) => `${name}\n\n${readFileSync(`${MODULES}${name}/LICENSE`, 'utf8')}`,
)
writeFileSync(`${TARGET}licences.txt`, licences.join('\n'))
