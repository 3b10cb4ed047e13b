// Draws docs/images/demo-surfaces.png, two pictures of every class (columns) at every site (rows):
//   node --import tsx scripts/pretrain/contact-sheet.ts docs/images/demo-surfaces.png
import sharp from 'sharp'
import { seededRandom } from '../../src/training/synthetic/random.ts'
import { SURFACE_CLASSES, SURFACE_SITES } from '../../src/training/synthetic/surface/index.ts'
import { surfaceImage } from '../../src/training/synthetic/surface/surface-image.ts'

const SIDE = 64
const PITCH = SIDE + 2
const PER_CLASS = 2
const ZOOM = 2

const width = SURFACE_CLASSES.length * PER_CLASS * PITCH
const height = SURFACE_SITES.length * PITCH
const sheet = new Uint8Array(width * height * 3).fill(255)

for (const [row, site] of SURFACE_SITES.entries()) {
  for (let col = 0; col < SURFACE_CLASSES.length * PER_CLASS; col++) {
    const className = SURFACE_CLASSES[Math.floor(col / PER_CLASS)]!
    const { pixels } = surfaceImage(site, className, SIDE, seededRandom(`sheet/${row}/${col}`))
    for (let y = 0; y < SIDE; y++) {
      sheet.set(
        pixels.subarray(y * SIDE * 3, (y + 1) * SIDE * 3),
        3 * ((row * PITCH + y) * width + col * PITCH),
      )
    }
  }
}

await sharp(sheet, { raw: { width, height, channels: 3 } })
  .resize(width * ZOOM, height * ZOOM, { kernel: 'nearest' })
  .png({ palette: true, colours: 128, dither: 0.4, compressionLevel: 9 })
  .toFile(process.argv[2] ?? 'docs/images/demo-surfaces.png')
