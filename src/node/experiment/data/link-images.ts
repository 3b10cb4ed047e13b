import { mkdir, rm, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'

export interface ChosenImage {
  readonly file: string
  /** Under which it stands in its class folder; names are read in ascending order. */
  readonly name: string
}

/** Class folders of links to chosen images, in place of whatever is at `dir`. */
export async function linkImages(
  dir: string,
  classes: readonly string[],
  images: readonly (readonly ChosenImage[])[],
): Promise<void> {
  await rm(dir, { recursive: true, force: true })
  for (const [row, name] of classes.entries()) {
    await mkdir(join(dir, name), { recursive: true })
    for (const image of images[row]!) await symlink(resolve(image.file), join(dir, name, image.name))
  }
}
