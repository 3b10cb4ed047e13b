import type { MergeSpec } from '../../merge/index.ts'
import type { EvaluatedModel } from '../../training/index.ts'
import { amongClasses } from '../among-classes.ts'
import { loadPersonal, PERSONAL_FORMAT } from '../personal/personal-file.ts'
import { assertFits, personalModel } from '../personal/personal-state.ts'
import { competingRows } from '../predict/competing-rows.ts'
import { adapterOfState, classesOfState, formatOfState, readState, tasksOfState } from '../state-file.ts'
import { inRowsOf } from './in-rows-of.ts'
import { checkedFile, type Served } from './served-model.ts'

/** As {@link stateIn}, of a model that is served. @throws as it; PeermergeError ERR_SERVED_DAMAGED */
export async function servedState(
  spec: MergeSpec,
  directory: string,
  served: Served,
): Promise<EvaluatedModel> {
  return await stateIn(spec, await checkedFile(directory, served))
}

/**
 * A model as a trainer of this spec takes it, in the rows of its classes; whatever charter it was made under.
 *
 * @throws PeermergeError ERR_PERSONAL_ADAPTER; InvalidFileError - it has other modules than the spec
 */
export async function stateIn(spec: MergeSpec, file: string): Promise<EvaluatedModel> {
  if (formatOfState(file) === PERSONAL_FORMAT) {
    const personal = (await loadPersonal(file))!
    assertFits(personal, { method: personal.method, adapter: spec.adapter }, file)
    return personalModel(personal)
  }
  const adapterSpec = adapterOfState(file) ?? spec.adapter
  const classes = classesOfState(file) ?? spec.classes
  const { adapter, classifier } = await readState({ ...spec, adapter: adapterSpec, classes }, file)
  const competing = amongClasses(classifier, competingRows(classifier, classes, tasksOfState(file)))
  return { adapter, adapterSpec, classifier: inRowsOf(competing, classes, spec.classes) }
}
