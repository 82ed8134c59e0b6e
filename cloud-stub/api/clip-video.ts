/** A clip's bytes over HTTP: ranges of what is stored, and what is still arriving as it grows. */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { milliseconds } from '../../device/wire/time.ts';
import type { ClipKey, Clock } from '../ports.ts';
import type { ClipBytes } from '../services/owners/footage-bytes.ts';
import type { OwnedClip } from '../services/owners/owner-views.ts';
import type { ApiContext } from './api-context.ts';
import { originOf, ownerOf } from './authentication.ts';
import { type ByteRange, byteRange, ifRangeHolds, noneMatch } from './byte-range.ts';
import { apiLimits } from './limits.ts';
import type { OpenStream } from './open-streams.ts';
import { notFound, sendProblem } from './problems.ts';

export async function sendVideo(
  context: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
  key: ClipKey,
  isDownload: boolean,
): Promise<FastifyReply> {
  const { footage } = context.cloud;
  const { account } = ownerOf(request);
  // Opened before it is looked for: what may not be read is refused there, on record. [LOG-1]
  const bytes = await footage.open(account, key, originOf(request));
  const clip = bytes === null ? null : await footage.find(account, key);
  if (clip === null || bytes === null) {
    await bytes?.close();
    throw notFound('clip');
  }
  const disposition = isDownload ? 'attachment' : 'inline';
  reply.type(mediaTypeOf(clip, clip.mediaType));
  reply.header('content-disposition', `${disposition}; filename="${fileName(clip)}"`);
  if (bytes.state === 'stored' && bytes.root !== null) {
    return sendStored(request, reply, bytes, `"${bytes.root}"`);
  }
  await bytes.close();
  if (request.method === 'HEAD') return reply.send(null);
  // A clip that grows has no size and no tag yet, so no ranges either: it is sent as it comes.
  const stream = context.streams.begin('footage', request, reply, () => {});
  // Cut, not ended: a reader must not take what came so far for the whole.
  stream.signal.addEventListener('abort', () => reply.raw.destroy(), { once: true });
  const open = () => footage.open(account, key, originOf(request));
  return reply.send(Readable.from(growing(open, context.clock, stream)));
}

async function sendStored(
  request: FastifyRequest,
  reply: FastifyReply,
  bytes: ClipBytes,
  etag: string,
): Promise<FastifyReply> {
  const { headers, method } = request;
  reply.header('accept-ranges', 'bytes').header('etag', etag);
  if (noneMatch(headers['if-none-match'], etag)) {
    await bytes.close();
    return reply.code(304).removeHeader('content-type').send();
  }
  // Ranges are defined for GET only (RFC 9110, 14.2); HEAD tells what the whole is.
  const isRanged = method === 'GET' && ifRangeHolds(headers['if-range']?.toString(), etag);
  const asked = isRanged ? byteRange(headers.range, bytes.sizeBytes) : 'whole';
  if (asked === 'unsatisfiable') {
    await bytes.close();
    reply.header('content-range', `bytes */${bytes.sizeBytes}`);
    reply.removeHeader('content-disposition');
    sendProblem(reply, { status: 416, detail: 'the range begins behind the end' });
    return reply;
  }
  const range = asked === 'whole' ? { from: 0, to: bytes.sizeBytes } : asked;
  reply.header('content-length', range.to - range.from);
  if (asked !== 'whole') {
    reply.code(206);
    reply.header('content-range', `bytes ${range.from}-${range.to - 1}/${bytes.sizeBytes}`);
  }
  if (method === 'HEAD') {
    await bytes.close();
    return reply.send(null);
  }
  return reply.send(Readable.from(thenClosed(bytes, range)));
}

async function* thenClosed(bytes: ClipBytes, range: ByteRange): AsyncIterable<Uint8Array> {
  try {
    yield* bytes.read(range.from, range.to);
  } finally {
    await bytes.close();
  }
}

/**
 * A clip's bytes while more arrive. Each look opens it anew, so that a clip that is deleted meanwhile ends here too;
 * what was sent stays true, as chunks are never rewritten. [DEL-1] [WIRE-7]
 */
async function* growing(
  open: () => Promise<ClipBytes | null>,
  clock: Clock,
  stream: OpenStream,
): AsyncIterable<Uint8Array> {
  const looksMax = Math.ceil(apiLimits.followMsMax / apiLimits.followMs);
  let sentBytes = 0;
  for (let look = 0; look < looksMax && !stream.signal.aborted; look++) {
    const bytes = await open();
    if (bytes === null) return;
    yield* thenClosed(bytes, { from: sentBytes, to: Math.max(sentBytes, bytes.sizeBytes) });
    sentBytes = Math.max(sentBytes, bytes.sizeBytes);
    if (bytes.state === 'stored') return;
    await pause(clock, stream.signal);
  }
}

function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer('api-follow', apiLimits.followMs, resolve);
    signal.addEventListener(
      'abort',
      () => {
        timer.cancel();
        resolve();
      },
      { once: true },
    );
  });
}

/** What only its owner can read is, for everybody else, just bytes. */
export const mediaTypeOf = ({ e2ee }: OwnedClip, plain: string): string =>
  e2ee === null ? plain : 'application/octet-stream';

/** For people's folders: sorts by time, says which doorbell and why. */
export const fileName = (clip: OwnedClip): string =>
  `${baseName(clip)}.${clip.e2ee === null ? 'mp4' : 'enc'}`;

export function baseName({ thing, trigger, recordedAt }: OwnedClip): string {
  const second = new Date(recordedAt - (recordedAt % milliseconds(1000))).toISOString();
  return `${thing}_${second.slice(0, 19).replace('T', '_').replaceAll(':', '-')}Z_${trigger}`;
}
