/** What CONNECT may say, beyond what the certificate says already. */
import type { ConnectPacket } from 'aedes';
import type { ThingName } from '../../../device/wire/ids.ts';
import type { DurationMs } from '../../../device/wire/time.ts';
import type { Profile } from './aws-profile.ts';
import { countSlashes, mayPublish } from './topic-access.ts';

/** `returnCode` as in CONNACK, MQTT 3.1.1 section 3.2.2.3. */
export type Refusal = {
  readonly returnCode: 2 | 3 | 5;
  readonly because: string;
  /** The row of the profile that decided, if one did. */
  readonly row?: string;
};

/**
 * Null: nothing is wrong with it. `sinceLast` is the time since this client's last CONNECT that was
 * well.
 */
export function judgeConnect(
  thing: ThingName,
  { clientId = '', will }: ConnectPacket,
  sinceLast: DurationMs | null,
  profile: Profile,
): Refusal | null {
  if (Buffer.byteLength(clientId) > profile.clientIdBytesMax || clientId.startsWith('$')) {
    return { returnCode: 2, because: 'client id too long or reserved', row: 'client-id' };
  }
  if (clientId !== thing) {
    return { returnCode: 5, because: `client id '${clientId}' is not its own` };
  }
  if (will && !mayLeaveWill(thing, will, profile)) {
    return { returnCode: 5, because: `will denied: ${will.topic}` };
  }
  if (sinceLast !== null && sinceLast < profile.connectIntervalMs) {
    return { returnCode: 3, because: 'it connects too often', row: 'connects-per-second' };
  }
  return null;
}

/** The keep-alive interval in force, in seconds; 0 is for ever. */
export function agreeKeepAlive(asked: number, { keepAliveSeconds: range }: Profile): number {
  if (range === null) return asked;
  if (asked === 0 || asked > range.max) return range.max;
  return Math.max(asked, range.min);
}

/** A will is a message like any other, sent later. */
const mayLeaveWill = (
  thing: ThingName,
  { topic, payload, retain }: NonNullable<ConnectPacket['will']>,
  { topicBytesMax, topicSlashesMax, payloadBytesMax }: Profile,
): boolean =>
  mayPublish(thing, topic) &&
  retain !== true &&
  Buffer.byteLength(topic) <= topicBytesMax &&
  countSlashes(topic) <= topicSlashesMax &&
  payload.length <= payloadBytesMax;
