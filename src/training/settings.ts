/** What settings and command lines name of training, without what trains. */
export { BUILT_IN_BACKBONE } from './backbone/built-in-backbone.ts'
export { DEFAULT_COLUMNS } from './data/table/labelled-rows.ts'
export { isTablePath } from './data/table/open-table.ts'
export { DEFAULT_RUNTIME, RUNTIME_NAMES } from './runtime/runtime-name.ts'
