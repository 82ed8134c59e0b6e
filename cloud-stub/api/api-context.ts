/** What the routes are given, and the server they are added to. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { ThingName } from '../../device/wire/ids.ts';
import type { Clock } from '../ports.ts';
import type { ApiMetrics } from './metrics.ts';
import type { OpenStreams } from './open-streams.ts';
import type { OwnerCloud } from './owner-cloud.ts';
import type { Sessions } from './sessions.ts';

export type ApiServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export type ApiContext = {
  readonly cloud: OwnerCloud;
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly streams: OpenStreams;
  readonly metrics: ApiMetrics;
  /** Presses a doorbell's button; there is none where the doorbell is another machine. */
  readonly press: ((thing: ThingName) => Promise<void>) | null;
  /** Whether cookies are `Secure`: the page is reached over TLS. */
  readonly secureCookies: boolean;
  readonly version: string;
};
