import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';
import { limits } from '../../../device/wire/limits.ts';
import { downFilters, parseDownTopic, parseUpTopic, topics } from '../../../device/wire/topics.ts';

const thing = 'front-door' as ThingName;
const clip = '01JD0000000000000000000000' as Ulid;
const still = '01JD0000000000000000000001' as Ulid;

test.each([
  [topics.init(thing, clip), { kind: 'init', thing, clip }],
  [topics.mark(thing, clip), { kind: 'mark', thing, clip }],
  [topics.final(thing, clip), { kind: 'final', thing, clip }],
  [
    topics.chunk(thing, clip, 17, '00c0ffee'),
    { kind: 'chunk', thing, clip, index: 17, crcHex: '00c0ffee' },
  ],
  [topics.still(thing, clip, still), { kind: 'still', thing, clip, still }],
  [topics.event(thing), { kind: 'event', thing }],
  [topics.frame(thing), { kind: 'frame', thing }],
  [topics.settingsInForce(thing), { kind: 'settings', thing }],
  [topics.reply(thing, clip), { kind: 'reply', thing, command: clip }],
])('%s is read back as it was meant', (topic, expected) => {
  expect(parseUpTopic(topic)).toEqual(expected);
});

test.each([
  [topics.receipt(thing, clip), { kind: 'receipt', thing, clip }],
  [topics.eventReceipt(thing), { kind: 'event-receipt', thing }],
  [topics.command(thing), { kind: 'command', thing }],
  [topics.settingsWanted(thing), { kind: 'settings', thing }],
])('%s is read back as it was meant', (topic, expected) => {
  expect(parseDownTopic(topic)).toEqual(expected);
});

test.each([
  'up',
  'up/',
  'up//event',
  'up/front door/event',
  `up/${'x'.repeat(65)}/event`,
  'up/front-door/event/',
  'up/front-door/event/more',
  'up/front-door/unknown',
  'dn/front-door/event',
  `up/front-door/clip/${clip}`,
  `up/front-door/clip/${clip}/`,
  `up/front-door/clip/${clip}/ack`,
  `up/front-door/clip/${clip}/init/more`,
  'up/front-door/clip/not-a-ulid/init',
  `up/front-door/clip/${clip.toLowerCase()}/init`,
  `up/front-door/clip/8${clip.slice(1)}/init`,
  `up/front-door/clip/${clip}/c/1`,
  `up/front-door/clip/${clip}/c/01/00c0ffee`,
  `up/front-door/clip/${clip}/c/-1/00c0ffee`,
  `up/front-door/clip/${clip}/c/1e3/00c0ffee`,
  `up/front-door/clip/${clip}/c/${limits.chunksPerClipMax}/00c0ffee`,
  `up/front-door/clip/${clip}/c/1/00C0FFEE`,
  `up/front-door/clip/${clip}/c/1/00c0ffe`,
  `up/front-door/clip/${clip}/c/1/00c0ffee/more`,
  `up/front-door/clip/${clip}/still/x`,
  `up/front-door/clip/${clip}/still/${still}/more`,
  `$aws/things/front-door/shadow/update`,
])('WIRE-9: %s is none of ours', (topic) => {
  expect(parseUpTopic(topic)).toBeNull();
});

test('WIRE-9: no text makes the topic readers throw', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (levels) => {
      parseUpTopic(levels.join('/'));
      parseUpTopic(`up/${levels.join('/')}`);
      parseDownTopic(`dn/${levels.join('/')}`);
    }),
  );
});

test('topics keep the limits of AWS IoT Core', () => {
  const longest = topics.chunk('x'.repeat(64) as ThingName, clip, 9215, 'ffffffff');
  expect(Buffer.byteLength(longest)).toBeLessThanOrEqual(limits.topicBytesMax);
  expect(longest.split('/').length - 1).toBeLessThanOrEqual(6);
  expect(downFilters(thing).length).toBeLessThanOrEqual(limits.subscriptionsPerPacketMax);
});
