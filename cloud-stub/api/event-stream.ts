/**
 * What happens, as server-sent events (WHATWG HTML, 9.2). Events are resumed without a gap or a repetition by
 * Last-Event-ID; clips and devices are told as they change, and are read anew by whoever reconnects.
 */
import { PassThrough } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Happening } from '../services/owners/announcements.ts';
import type { OwnedEvent } from '../services/owners/owner-views.ts';
import type { ApiContext } from './api-context.ts';
import { ownerOf } from './authentication.ts';
import { apiLimits } from './limits.ts';
import type { OpenStream } from './open-streams.ts';
import { viewClip, viewDevice, viewEvent } from './views.ts';

export async function sendEventStream(
  context: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { account } = ownerOf(request);
  const { happenings } = context.cloud;
  const body = new PassThrough();
  const stream = context.streams.begin('events', request, reply, () => write(': still here\n\n'));
  const write = (text: string): void => {
    if (stream.signal.aborted) return;
    // A reader that does not read is let go; it resumes from the last id it saw.
    if (body.writableLength + body.readableLength > apiLimits.unreadBytesMax) stream.end();
    else body.write(text);
  };
  const tell = (happening: Happening): void => write(message(happening, context.press !== null));
  // Followed before what was missed is read, so that nothing falls between the two.
  const waiting: Happening[] = [];
  let isCaughtUp = false;
  const following = happenings.follow(account, (happening) => {
    if (isCaughtUp) tell(happening);
    else if (waiting.length < apiLimits.resumedEventsMax) waiting.push(happening);
    else stream.end();
  });
  const finish = (): void => {
    following.cancel();
    body.end();
  };
  if (stream.signal.aborted) finish();
  else stream.signal.addEventListener('abort', finish, { once: true });
  write('retry: 2000\n\n');
  const lastId = request.headers['last-event-id']?.toString();
  const catchUp = async (): Promise<void> => {
    const told = lastId ? await tellMissed(context, account, lastId, stream, tell) : new Set();
    isCaughtUp = true;
    for (const happening of waiting) {
      if (happening.kind !== 'event' || !told.has(happening.event.id)) tell(happening);
    }
  };
  catchUp().catch((error: unknown) => {
    request.log.error({ err: error }, 'event stream could not be resumed');
    stream.end();
  });
  return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(body);
}

/** Tells every event behind `cursor`; the ids told. Ends the stream when there are more than it may hold. */
async function tellMissed(
  { cloud }: ApiContext,
  account: ReturnType<typeof ownerOf>['account'],
  cursor: string,
  stream: OpenStream,
  tell: (happening: Happening) => void,
): Promise<ReadonlySet<string>> {
  const told = new Set<string>();
  const pageMax = apiLimits.resumedEventsPageMax;
  let behind = cursor;
  while (!stream.signal.aborted) {
    const events: readonly OwnedEvent[] = await cloud.happenings.since(account, behind, pageMax);
    for (const event of events) {
      told.add(event.id);
      tell({ kind: 'event', event });
      behind = event.cursor;
    }
    if (events.length < pageMax) break;
    if (told.size >= apiLimits.resumedEventsMax) stream.end();
  }
  return told;
}

/** One message. JSON has no line breaks, so the data is one line. */
function message(happening: Happening, canPress: boolean): string {
  switch (happening.kind) {
    case 'event': {
      const { event } = happening;
      return `id: ${event.cursor}\nevent: event\ndata: ${JSON.stringify(viewEvent(event))}\n\n`;
    }
    case 'clip-changed':
      return `event: clip\ndata: ${JSON.stringify(viewClip(happening.clip))}\n\n`;
    case 'clip-gone': {
      const { thing, clip } = happening.key;
      return `event: clip-gone\ndata: ${JSON.stringify({ thing, clip })}\n\n`;
    }
    case 'device-changed':
      return `event: device\ndata: ${JSON.stringify(viewDevice(happening.device, canPress))}\n\n`;
  }
}
