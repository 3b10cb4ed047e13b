// WebAssembly of src/merge/linear: the same bits as its TypeScript. No fused multiply-add, no relaxed SIMD.
export { addDoubles, addRows, multiplyRows, prepareRows } from './accumulate'
export { factor, mirror } from './factor'
export { solve } from './solve'
export { addTallProduct, scaleAndAdd } from './tall'
