import type { ExperimentSpec } from './spec-schema.ts'

type Settings = Omit<ExperimentSpec, 'data' | 'backbone'>

export const PRESET_NAMES = [
  'clinc150',
  'clinc150-domains',
  'cifar100',
  'pacs',
  'pacs-personal',
  'heart',
  'demo',
] as const
export type PresetName = (typeof PRESET_NAMES)[number]

/** In the order in which they are made: what the others are measured by first. */
const METHODS = [
  'frozen',
  'pooled',
  'fedavg',
  'lorm',
  'lorm-paper',
  'ravan',
  'ravan-mean',
  'regmean',
  'ffa',
  'oneshot-lorm-b',
  'local',
]

/** What an experiment trains with unless it says otherwise. */
export const COMMON_SETTINGS = {
  batchSize: 16,
  learningRate: { lora: 2e-3, ravan: 1e-2 },
  weightDecay: 0,
  lora: { rank: 8, alpha: 16 },
  ravan: { heads: 4, rank: 8, alpha: 2 },
  ridge: { discriminant: 1e-1, ridge: 1e-2, lifted: 1e-1 },
  lift: 1500,
  methods: METHODS,
  reference: 'frozen:analytic',
}

/** What a charter with an analytic classifier does where classes arrive over time: the first task alone trains the adapter. */
const FIRST_TASK = 'fedavg+first+started'
/** With about as many steps in it as the others have in three tasks. */
const DEFAULT_WITH_TASKS = `${FIRST_TASK}+rounds6`

/** Ten tasks of new classes at ten sites. */
const CLASS_INCREMENTAL = {
  ...COMMON_SETTINGS,
  tasks: 10,
  sites: 10,
  seeds: 5,
  rounds: 2,
  epochs: 2,
  methods: [DEFAULT_WITH_TASKS, FIRST_TASK, 'lorm+first+started', ...METHODS, 'fedavg+started'],
  reference: `${DEFAULT_WITH_TASKS}:analytic`,
}

/** Sites that differ, with models of their own beside what they are measured by. */
const PERSONAL = {
  ...COMMON_SETTINGS,
  tasks: 1,
  splits: ['domain' as const],
  seeds: 5,
  rounds: 8,
  epochs: 1,
  methods: [
    'frozen',
    'local+started',
    'fedavg+started',
    'fedalt+started',
    'fedalt-products+started',
    'fedalt-gram+started',
    'fedselect+started',
    'fedselect-each+started',
    'pooled',
  ],
  reference: 'fedavg+started:analytic',
}

/** All but the data and the backbone. */
export const SETTINGS: Readonly<Record<PresetName, Settings>> = {
  clinc150: {
    ...CLASS_INCREMENTAL,
    name: 'clinc150',
    splits: [0.5, 0.1, 0.05],
    extent: 32,
    targets: ['layer.5.*.query', 'layer.5.*.value'],
    scoredPerClass: 3,
  },
  cifar100: {
    ...CLASS_INCREMENTAL,
    name: 'cifar100',
    splits: [0.1],
    extent: 224,
    targets: ['layer.11.*.query', 'layer.11.*.value'],
    scoredPerClass: 4,
  },
  pacs: {
    ...COMMON_SETTINGS,
    name: 'pacs',
    extent: 112,
    targets: ['layer.{4..11}.*.query', 'layer.{4..11}.*.value'],
    tasks: 1,
    sites: 4,
    splits: ['domain'],
    seeds: 5,
    learningRate: { lora: 2e-3, ravan: 3e-2 },
    rounds: 8,
    epochs: 1,
    methods: [
      ...METHODS,
      'lorm-b',
      'lorm-whole',
      'oneshot-ravan',
      'pooled+rate0.5',
      'continuous-ab',
      'continuous-ab+dies',
      'continuous-ab+dies+fades',
    ],
    reference: 'fedavg:analytic',
  },
  'pacs-personal': {
    ...PERSONAL,
    name: 'pacs-personal',
    extent: 112,
    targets: ['layer.{4..11}.*.query', 'layer.{4..11}.*.value'],
    sites: 4,
    learningRate: { lora: 2e-3, ravan: 3e-2 },
  },
  'clinc150-domains': {
    ...PERSONAL,
    name: 'clinc150-domains',
    extent: 32,
    targets: ['layer.5.*.query', 'layer.5.*.value'],
    sites: 5,
    scoredPerClass: 2,
  },
  heart: {
    ...PERSONAL,
    name: 'heart',
    extent: 96,
    targets: ['layer.5.*.query', 'layer.5.*.value'],
    sites: 4,
    scoredPerClass: 20,
    methods: ['logistic', 'logistic-pooled', ...PERSONAL.methods],
  },
  demo: {
    ...COMMON_SETTINGS,
    name: 'demo',
    extent: 64,
    targets: ['layer.5.*.query', 'layer.5.*.value'],
    tasks: 1,
    sites: 4,
    splits: ['domain'],
    seeds: 2,
    rounds: 2,
    epochs: 1,
    lora: { rank: 4, alpha: 8 },
    ravan: { heads: 2, rank: 4, alpha: 2 },
    lift: 256,
    methods: ['fedavg', 'ffa', 'lorm-paper', 'lorm', 'ravan', 'frozen', 'pooled'],
    reference: 'lorm:analytic',
  },
}
