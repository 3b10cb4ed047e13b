import { join } from 'node:path'
import { filesIn, foldersIn } from '../../class-folders.ts'
import { draw } from './draw.ts'
import { linkImages, type ChosenImage } from './link-images.ts'
import type { PreparedData } from './prepared-data.ts'

interface ImagesSpec {
  readonly path: string
  readonly trainPerClass?: number | undefined
  readonly testPerClass?: number | undefined
}

/** `path/train/<class>/<image>` and `path/test/<class>/<image>`. */
export async function prepareImages(
  { path, trainPerClass, testPerClass }: ImagesSpec,
  dir: string,
): Promise<PreparedData> {
  const classes = await foldersIn(join(path, 'train'))
  const choose = async (split: string, most: number | undefined): Promise<ChosenImage[][]> =>
    Promise.all(
      classes.map(async (name) => {
        const folder = join(path, split, name)
        return draw(await filesIn(folder), most, `${split}/${name}`).map((file) => ({
          file: join(folder, file),
          name: file,
        }))
      }),
    )
  const train = await choose('train', trainPerClass)
  const test = await choose('test', testPerClass)
  await linkImages(join(dir, 'train'), classes, train)
  await linkImages(join(dir, 'test'), classes, test)
  return {
    path: join(dir, 'train'),
    heldOutPath: join(dir, 'test'),
    classes,
    trainCounts: train.map(({ length }) => length),
    testCounts: test.map(({ length }) => length),
  }
}
