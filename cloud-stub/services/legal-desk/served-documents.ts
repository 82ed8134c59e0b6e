/** Served papers: what a file says it is, how large it is, and that it is what it says. */
import { createHash } from 'node:crypto';
import { deskLimits } from './legal-desk-limits.ts';

const documentTypes = ['application/pdf', 'image/tiff', 'image/png', 'image/jpeg'] as const;
export type DocumentType = (typeof documentTypes)[number];

export type ServedFile = {
  /** As its sender called it; never used as a path. */
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
};

export type DocumentReading =
  | {
      readonly ok: true;
      readonly mediaType: DocumentType;
      readonly sha256: string;
      readonly sizeBytes: number;
    }
  | { readonly ok: false; readonly because: string };

const signatures: Readonly<Record<DocumentType, readonly (readonly number[])[]>> = {
  'application/pdf': [[0x25, 0x50, 0x44, 0x46, 0x2d]],
  'image/tiff': [
    [0x49, 0x49, 0x2a, 0x00],
    [0x4d, 0x4d, 0x00, 0x2a],
  ],
  'image/png': [[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  'image/jpeg': [[0xff, 0xd8, 0xff]],
};

/**
 * A paper that a browser would run is no paper: only what begins as a document and says so passes.
 */
export function readDocument({ name, mediaType, bytes }: ServedFile): DocumentReading {
  const refused = (because: string): DocumentReading => ({ ok: false, because });
  if (name.length === 0 || name.length > deskLimits.documentNameCharsMax) {
    return refused(`expected a name of 1 to ${deskLimits.documentNameCharsMax} characters`);
  }
  const type = documentTypes.find((each) => each === mediaType.toLowerCase());
  if (type === undefined) return refused(`expected one of ${documentTypes.join(', ')}`);
  if (bytes.length === 0) return refused('the document is empty');
  if (bytes.length > deskLimits.documentBytesMax) {
    return refused(`the document has more than ${deskLimits.documentBytesMax} bytes`);
  }
  const begins = (signature: readonly number[]): boolean =>
    signature.every((byte, index) => bytes[index] === byte);
  if (!signatures[type].some(begins)) return refused(`the document is no ${type}`);
  if (type === 'application/pdf' && !endsAsPdf(bytes)) {
    return refused('the document is cut off: a PDF ends with %%EOF');
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { ok: true, mediaType: type, sha256, sizeBytes: bytes.length };
}

/** Readers allow some bytes after the mark. */
const endsAsPdf = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(-1024)).toString('latin1').includes('%%EOF');
