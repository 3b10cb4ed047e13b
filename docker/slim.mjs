// Takes out of node_modules what a node on this platform never loads:  node docker/slim.mjs node_modules
// Native files of other platforms, source maps, type declarations, and bundles for browsers. What is left is what `npm ci` has put there.
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

const [root = 'node_modules'] = process.argv.slice(2)
const { platform, arch } = process

/** Folders whose entries are named after platforms, and how to tell this one's. */
const isOther = {
  prebuilds: (name) =>
    !name.startsWith(`${platform}-`) ||
    !name
      .slice(platform.length + 1)
      .split('+')
      .includes(arch),
  'napi-v6': (name) => name !== platform,
  [platform]: (name) => ['x64', 'arm64', 'arm'].includes(name) && name !== arch,
}
const NEVER_LOADED = /\.(map|d\.[cm]?ts|tsbuildinfo)$/
/** Of TensorFlow.js only the file that package.json names for Node.js is loaded. */
const BROWSER_BUNDLE = /@tensorflow\/[^/]+\/dist\/tf-[^/]*\.(es2017|fesm|min|esm)[^/]*$/
const BROWSER_FOLDERS = /(@huggingface\/[^/]+\/dist\/browser|onnxruntime-web|@tensorflow\/[^/]+\/src)$/

function slim(folder) {
  const parent = folder.split('/').at(-1)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && (isOther[parent]?.(entry.name) || BROWSER_FOLDERS.test(path))) drop(path)
    else if (entry.isDirectory()) slim(path)
    else if (NEVER_LOADED.test(entry.name) || BROWSER_BUNDLE.test(path)) drop(path)
  }
}

function drop(path) {
  rmSync(path, { recursive: true, force: true })
}

function sizeOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath ?? entry.path, entry.name)).size, 0)
}

const before = sizeOf(root)
slim(root)
const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`
console.log(`${root}: ${megabytes(before)}, slimmed to ${megabytes(sizeOf(root))}`)
