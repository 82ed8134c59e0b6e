/** The topics of the clip transfer (wire.md, Topics): building them, and reading them back. */
import { isThingName, isUlid, type ThingName, type Ulid } from './ids.ts';
import { limits } from './limits.ts';

export const topics = {
  init: (thing: ThingName, clip: Ulid) => `up/${thing}/clip/${clip}/init`,
  chunk: (thing: ThingName, clip: Ulid, index: number, crcHex: string) =>
    `up/${thing}/clip/${clip}/c/${index}/${crcHex}`,
  mark: (thing: ThingName, clip: Ulid) => `up/${thing}/clip/${clip}/mark`,
  final: (thing: ThingName, clip: Ulid) => `up/${thing}/clip/${clip}/fin`,
  still: (thing: ThingName, clip: Ulid, still: Ulid) => `up/${thing}/clip/${clip}/still/${still}`,
  event: (thing: ThingName) => `up/${thing}/event`,
  frame: (thing: ThingName) => `up/${thing}/frame`,
  reply: (thing: ThingName, command: Ulid) => `up/${thing}/reply/${command}`,
  settingsInForce: (thing: ThingName) => `up/${thing}/settings`,
  receipt: (thing: ThingName, clip: Ulid) => `dn/${thing}/clip/${clip}/ack`,
  eventReceipt: (thing: ThingName) => `dn/${thing}/event/ack`,
  command: (thing: ThingName) => `dn/${thing}/command`,
  settingsWanted: (thing: ThingName) => `dn/${thing}/settings`,
} as const;

/** What a doorbell subscribes to; two filters of the fifty AWS IoT Core allows would do, four are clearer. */
export const downFilters = (thing: ThingName): readonly string[] => [
  `dn/${thing}/clip/+/ack`,
  topics.eventReceipt(thing),
  topics.command(thing),
  topics.settingsWanted(thing),
];

/** What the cloud subscribes to. */
export const upFilter = 'up/#';

export type UpTopic =
  | { readonly kind: 'init' | 'mark' | 'final'; readonly thing: ThingName; readonly clip: Ulid }
  | {
      readonly kind: 'chunk';
      readonly thing: ThingName;
      readonly clip: Ulid;
      readonly index: number;
      readonly crcHex: string;
    }
  | {
      readonly kind: 'still';
      readonly thing: ThingName;
      readonly clip: Ulid;
      readonly still: Ulid;
    }
  | { readonly kind: 'event' | 'frame' | 'settings'; readonly thing: ThingName }
  | { readonly kind: 'reply'; readonly thing: ThingName; readonly command: Ulid };

export type DownTopic =
  | { readonly kind: 'receipt'; readonly thing: ThingName; readonly clip: Ulid }
  | { readonly kind: 'event-receipt' | 'command' | 'settings'; readonly thing: ThingName };

/** What a device's topic means, or null when it is none of ours. [WIRE-9] */
export function parseUpTopic(topic: string): UpTopic | null {
  const [direction, thing, family, clip, part, a, b, ...rest] = topic.split('/');
  if (direction !== 'up' || thing === undefined || !isThingName(thing) || rest.length > 0) {
    return null;
  }
  if (family === 'clip') {
    if (clip === undefined || !isUlid(clip)) return null;
    if (a === undefined) {
      if (part === 'init' || part === 'mark') return { kind: part, thing, clip };
      return part === 'fin' ? { kind: 'final', thing, clip } : null;
    }
    if (part === 'still') {
      return b === undefined && isUlid(a) ? { kind: 'still', thing, clip, still: a } : null;
    }
    const index = parseIndex(a);
    if (part !== 'c' || index === null || b === undefined || !/^[0-9a-f]{8}$/.test(b)) return null;
    return { kind: 'chunk', thing, clip, index, crcHex: b };
  }
  if (family === 'reply') {
    return clip !== undefined && part === undefined && isUlid(clip)
      ? { kind: 'reply', thing, command: clip }
      : null;
  }
  if (clip !== undefined) return null;
  return family === 'event' || family === 'frame' || family === 'settings'
    ? { kind: family, thing }
    : null;
}

/** What a cloud's topic means, or null when it is none of ours. */
export function parseDownTopic(topic: string): DownTopic | null {
  const [direction, thing, family, second, third, ...rest] = topic.split('/');
  if (direction !== 'dn' || thing === undefined || !isThingName(thing) || rest.length > 0) {
    return null;
  }
  if (family === 'clip') {
    return second !== undefined && isUlid(second) && third === 'ack'
      ? { kind: 'receipt', thing, clip: second }
      : null;
  }
  if (third !== undefined) return null;
  if (family === 'event') return second === 'ack' ? { kind: 'event-receipt', thing } : null;
  if (second !== undefined) return null;
  return family === 'command' || family === 'settings' ? { kind: family, thing } : null;
}

/** A chunk's index: decimal from 0 without leading zeros, below the limit; else null. */
function parseIndex(text: string): number | null {
  if (!/^(0|[1-9][0-9]{0,5})$/.test(text)) return null;
  const index = Number(text);
  return index < limits.chunksPerClipMax ? index : null;
}
