/** Truth masks as bytes: any image file to one grey byte a pixel. */
import sharp from 'sharp';
import type { MaskView } from './confusion.ts';
import { FootageError, readLuma } from './luma-frames.ts';

/** PNG and JPEG by sharp; BMP, which sharp does not read, by ffmpeg. Throws FootageError. */
export async function readPicture(path: string): Promise<MaskView> {
  if (path.toLowerCase().endsWith('.bmp')) return readByFfmpeg(path);
  // The first channel as it is: a grey conversion could move CDnet's levels.
  const { data, info } = await sharp(path)
    .extractChannel(0)
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw new FootageError(`${path}: cannot be read as a picture`, { cause });
    });
  return { bytes: data, widthPx: info.width, heightPx: info.height };
}

async function readByFfmpeg(path: string): Promise<MaskView> {
  const source = { path, images: null, framesPerSecond: null, analysisWidthPx: null };
  for await (const picture of readLuma(source)) {
    return { bytes: picture.luma, widthPx: picture.widthPx, heightPx: picture.heightPx };
  }
  throw new FootageError(`${path}: no picture in it`);
}
