export type * from './types/site-data.ts'
export type * from './types/training.ts'
export type * from './types/measuring.ts'
export type * from './types/trainer.ts'
