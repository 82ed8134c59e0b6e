/** Names of doorbells and of the things they make. */
import { encodeTime } from 'ulid';
import { z } from 'zod';
import type { EpochMs } from './time.ts';

declare const kind: unique symbol;

/** A doorbell's name: its MQTT client id and its certificate's common name (wire.md, Topics). */
export type ThingName = string & { readonly [kind]: 'ThingName' };

/** A ULID (48-bit time, 80 random bits, Crockford base 32). */
export type Ulid = string & { readonly [kind]: 'Ulid' };

export const thingNamePattern = /^[A-Za-z0-9_-]{1,64}$/;
export const ulidPattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export const isThingName = (text: string): text is ThingName => thingNamePattern.test(text);
export const isUlid = (text: string): text is Ulid => ulidPattern.test(text);

export const thingNameSchema = z.custom<ThingName>(
  (value) => typeof value === 'string' && isThingName(value),
  { error: 'expected a thing name: 1 to 64 of A-Z a-z 0-9 _ -' },
);

export const ulidSchema = z.custom<Ulid>((value) => typeof value === 'string' && isUlid(value), {
  error: 'expected a ULID: 26 characters of Crockford base 32, the first 0 to 7',
});

/** A new ULID for the time `at`, its random part from `draw` (which gives as many random bytes as asked). */
export function makeUlid(at: EpochMs, draw: (count: number) => Uint8Array): Ulid {
  // The library's `ulid` takes the time 0 for "now", which would be a clock of its own.
  const random = Array.from(draw(16), (byte) => crockford[byte % crockford.length]);
  // A wrong clock may stand anywhere; 48 bits of milliseconds since 1970 reach from there to the year 10889.
  const time = Math.min(Math.max(0, Math.round(at)), timeMax);
  return `${encodeTime(time)}${random.join('')}` as Ulid;
}

const timeMax = 2 ** 48 - 1;

/** 32 symbols, so that a random byte draws each evenly. */
const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
