/** Which of many images cannot be read: what decodes them all in one go does not name it. */
import path from 'node:path';
import sharp from 'sharp';

/** The first one's name; null where sharp, which does not know BMP, reads them all. */
export async function unreadableImage(files: readonly string[]): Promise<string | null> {
  for (const file of files) {
    if (file.toLowerCase().endsWith('.bmp')) return null;
    const isRead = await sharp(file, { failOn: 'none' })
      .raw()
      .toBuffer()
      .then(() => true)
      .catch(() => false);
    if (!isRead) return path.basename(file);
  }
  return null;
}
