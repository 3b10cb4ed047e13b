import { fileURLToPath } from 'node:url'

/** Directory of the small ViT that comes with the package: what the demo adapts, and what runtimes are timed on. */
export const BUILT_IN_BACKBONE = fileURLToPath(new URL('../../../assets/backbone', import.meta.url))
