import type { TopLevelSpec } from 'vega-lite'
import type { PersonalExplanation, SelectedEntries, TrustInRest } from './explain-personal.ts'

const LOOK = { background: 'white', mark: 'rect', width: { step: 44 }, height: { step: 16 } } as const
const SHARES = { type: 'quantitative', legend: { format: '.0%' } } as const

/** The second table of an explanation as a map of colours: where a site goes by the others, or keeps to itself; of own class means the first, what each model gets right. */
export function explanationChart(found: PersonalExplanation): TopLevelSpec {
  switch (found.method) {
    case 'fedalt':
      return trustChart(found, found.classes)
    case 'fedselect':
      return selectionChart(found)
    case 'means':
      return rightChart(found)
  }
}

function rightChart({ models, classes }: Pick<PersonalExplanation, 'models' | 'classes'>): TopLevelSpec {
  const values = models.flatMap(({ model, perClass }) =>
    perClass.flatMap(({ correct, count }, c) =>
      count === 0 ? [] : [{ model, class: classes[c]!, share: correct / count }],
    ),
  )
  return {
    ...LOOK,
    title: 'Held-out samples right, model by model and class by class',
    data: { values },
    encoding: {
      x: { field: 'class', type: 'nominal', sort: null, title: null },
      y: { field: 'model', type: 'nominal', sort: null, title: null },
      color: { field: 'share', ...SHARES, title: 'right', scale: { scheme: 'viridis', domain: [0, 1] } },
    },
  }
}

function trustChart({ trust }: TrustInRest, classes: readonly string[]): TopLevelSpec {
  const values = trust.flatMap(({ module, perClass }) =>
    perClass.map((share, c) => ({ layer: module, class: classes[c]!, share })),
  )
  return {
    ...LOOK,
    title: 'Trust in the others, layer by layer and class by class; half is as far as oneself',
    data: { values: values.filter(({ share }) => share !== null) },
    encoding: {
      x: { field: 'class', type: 'nominal', sort: null, title: null },
      y: { field: 'layer', type: 'nominal', sort: null, title: null, axis: { labelLimit: 400 } },
      color: { field: 'share', ...SHARES, title: 'trust', scale: { scheme: 'purpleorange', domain: [0, 1] } },
    },
  }
}

function selectionChart({ tensors, growths, trainings }: SelectedEntries): TopLevelSpec {
  const values = tensors.flatMap((name) =>
    Array.from({ length: trainings }, (_, t) => ({
      tensor: name.replace(/^adapter\//, ''),
      training: t + 1,
      share: growths.findLast((one) => one.trainings <= t)?.shares[name] ?? 0,
    })),
  )
  return {
    ...LOOK,
    title: 'Share of every tensor that is personal, training by training',
    data: { values },
    encoding: {
      x: { field: 'training', type: 'ordinal', axis: { labelAngle: 0 } },
      y: { field: 'tensor', type: 'nominal', sort: null, title: null, axis: { labelLimit: 400 } },
      color: { field: 'share', ...SHARES, title: 'personal', scale: { scheme: 'blues', domain: [0, 1] } },
    },
  }
}
