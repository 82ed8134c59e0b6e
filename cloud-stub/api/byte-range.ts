/** The Range header (RFC 9110, section 14): which bytes of a representation are asked for. */

/** `from` inclusive, `to` exclusive. */
export type ByteRange = { readonly from: number; readonly to: number };

/**
 * `whole` when there is no range, none that is understood, or several: a server may ignore them, and nobody plays
 * video by the multipart answer. `unsatisfiable` when it begins behind the end.
 */
export function byteRange(
  header: string | undefined,
  sizeBytes: number,
): ByteRange | 'whole' | 'unsatisfiable' {
  const parts = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i.exec(header ?? '');
  if (parts === null) return 'whole';
  const [first = '', last = ''] = parts.slice(1);
  if (first === '') {
    if (last === '') return 'whole';
    const suffix = Number(last);
    if (suffix === 0 || sizeBytes === 0) return 'unsatisfiable';
    return { from: Math.max(0, sizeBytes - suffix), to: sizeBytes };
  }
  const from = Number(first);
  if (last !== '' && Number(last) < from) return 'whole';
  if (from >= sizeBytes) return 'unsatisfiable';
  return { from, to: last === '' ? sizeBytes : Math.min(sizeBytes, Number(last) + 1) };
}

/** Whether If-Range lets the range stand: only a strong tag that is the representation's own does. */
export const ifRangeHolds = (header: string | undefined, etag: string): boolean =>
  header === undefined || header.trim() === etag;

/** Whether If-None-Match names this tag (weak comparison). */
export function noneMatch(header: string | undefined, etag: string): boolean {
  const tags = header?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes('*') || tags.includes(etag);
}
