/**
 * What a doorbell sees now: JPEG pictures as multipart/x-mixed-replace, which browsers, curl and video recorders read
 * as it is. A reader that is slow misses pictures; it never gets old ones. Nothing is stored.
 */
import { PassThrough } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ThingName } from '../../device/wire/ids.ts';
import type { ApiContext } from './api-context.ts';
import { ownerOf } from './authentication.ts';
import { apiLimits } from './limits.ts';
import { notFound } from './problems.ts';

const boundary = 'doorbell-frame';

export async function sendLiveView(
  { cloud, clock, streams, metrics }: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
  thing: ThingName,
): Promise<FastifyReply> {
  const { account } = ownerOf(request);
  const body = new PassThrough();
  const stillOwned = async (): Promise<void> => {
    if ((await cloud.devices.find(account, thing)) === null) stream.end();
  };
  const stream = streams.begin('live', request, reply, () => void stillOwned().catch(stream.end));
  const onFrame = (jpeg: Uint8Array): void => {
    if (stream.signal.aborted) return;
    if (body.writableLength + body.readableLength > 0 || reply.raw.writableNeedDrain) {
      metrics.frameDropped();
      return;
    }
    // The boundary after it comes at once, so that a reader need not wait for the next picture to show this one.
    const head = `Content-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`;
    body.write(Buffer.concat([Buffer.from(head), jpeg, Buffer.from(`\r\n--${boundary}\r\n`)]));
  };
  const watching = await cloud.devices.watch(account, thing, onFrame).catch((error: unknown) => {
    stream.end();
    throw error;
  });
  if (watching === null) {
    stream.end();
    throw notFound('device');
  }
  // A view left open in a forgotten tab must not keep a camera's radio busy for days.
  const limit = clock.setTimer('api-live-view', apiLimits.liveViewMs, () => stream.end());
  const finish = (): void => {
    limit.cancel();
    watching.cancel();
    body.end();
  };
  if (stream.signal.aborted) finish();
  else stream.signal.addEventListener('abort', finish, { once: true });
  body.write(`--${boundary}\r\n`);
  return reply
    .type(`multipart/x-mixed-replace; boundary=${boundary}`)
    .header('x-accel-buffering', 'no')
    .send(body);
}
