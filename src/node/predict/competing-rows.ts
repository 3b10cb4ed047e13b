import { rowsOfTask, type Classifier, type TaskClasses } from '../../merge/index.ts'

/**
 * Rows of a classifier that can be an answer, ascending. Where tasks have been opened, those of which the merge has nothing yet are left out,
 * as nobody has trained their rows, which are all zero; else all compete.
 */
export function competingRows(
  { weight, bias }: Classifier,
  classes: readonly string[],
  tasks: readonly TaskClasses[] | undefined,
): readonly number[] {
  if (tasks === undefined) return [...classes.keys()]
  const width = weight.shape[1]!
  const isTrained = (row: number): boolean =>
    bias.data[row] !== 0 || weight.data.subarray(row * width, (row + 1) * width).some((value) => value !== 0)
  const rows = tasks
    .map(({ id }) => rowsOfTask({ classes, tasks }, id))
    .filter((own) => own.some(isTrained))
    .flat()
  return [...new Set(rows)].sort((a, b) => a - b)
}
