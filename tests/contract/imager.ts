/** What every Imager must do with footage that lasts three seconds and plays once. */

import sharp from 'sharp';
import { describe, expect, onTestFinished } from 'vitest';
import { type Imager, ImagerError, type ImagerSettings } from '../../device/board.ts';
import { boxesIn, needBox } from '../../device/peripherals/mp4-boxes.ts';
import type { UptimeMs } from '../../device/wire/time.ts';
import { createRecordingSink, type RecordingSink } from '../support/footage/recording-sink.ts';
import { runFfmpeg, withFfmpeg as test } from '../support/footage/test-footage.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';

export type ImagerContract = {
  readonly name: string;
  readonly hasAudio: boolean;
  /** As fast as it can be read, three seconds, once. */
  readonly openOnce: () => Promise<Imager>;
  /** In real time, for ever. */
  readonly openEndless: () => Promise<Imager>;
  /** Of the clock that the imagers are given. */
  readonly uptime: () => UptimeMs;
};

export const plainSettings: ImagerSettings = {
  analysisWidthPx: 160,
  analysisFramesPerSecond: 5,
  videoBitsPerSecond: 500_000,
  privacyMasks: [],
  clockOverlay: false,
  audio: true,
};

export async function playToEnd(imager: Imager, settings = plainSettings): Promise<RecordingSink> {
  const sink = createRecordingSink();
  await imager.start(settings, sink);
  await waitFor('the end of the footage', () => sink.ended());
  await imager.stop();
  return sink;
}

export function imagerContract(contract: ImagerContract): void {
  const { name, hasAudio, openOnce, openEndless, uptime } = contract;
  describe(`${name} is an imager`, () => {
    test('luma comes in the wanted width at the wanted rate, on one clock', async () => {
      const { luma } = await playToEnd(await openOnce());
      const start = luma[0]?.at ?? 0;
      expect(luma.length).toBeGreaterThanOrEqual(14);
      expect(luma.length).toBeLessThanOrEqual(16);
      expect(luma.map(({ at }) => at - start)).toEqual(luma.map((_, i) => i * 200));
      for (const { widthPx, heightPx, luma: pixels } of luma) {
        expect([widthPx, heightPx % 2, pixels.length]).toEqual([160, 0, widthPx * heightPx]);
      }
      expect(new Set(luma.map(({ luma: pixels }) => pixels.buffer)).size).toBe(luma.length);
    });

    test('fragments follow each other, last at most a second and begin on an IDR', async () => {
      const { fragments, inits, luma } = await playToEnd(await openOnce());
      expect(inits).toHaveLength(1);
      expect(fragments.length).toBeGreaterThanOrEqual(3);
      let at = fragments[0]?.at ?? 0;
      expect(Math.abs(at - (luma[0]?.at ?? 0))).toBeLessThanOrEqual(1);
      for (const fragment of fragments) {
        expect(fragment.durationMs).toBeLessThanOrEqual(1000);
        expect(Math.abs(fragment.at - at)).toBeLessThanOrEqual(2);
        at = fragment.at + fragment.durationMs;
        expect(fragment.continuous).toBe(true);
        expect(Number.isInteger(fragment.at) && Number.isInteger(fragment.durationMs)).toBe(true);
      }
    });

    test('decode times of each track run on without gap', async () => {
      const { fragments, inits } = await playToEnd(await openOnce());
      const tracks = inits[0]?.tracks ?? [];
      expect(tracks).toHaveLength(hasAudio ? 2 : 1);
      expect(inits[0]?.hasAudio).toBe(hasAudio);
      expect(inits[0]?.codec).toMatch(
        hasAudio ? /^avc1\.[0-9a-f]{6},mp4a\.40\.2$/ : /^avc1\.[0-9a-f]{6}$/,
      );
      for (const { trackId } of tracks) {
        let expected: number | null = null;
        for (const fragment of fragments) {
          const told = fragment.decodeTimes.find((time) => time.trackId === trackId)?.time ?? null;
          if (told === null) continue;
          if (expected !== null) expect(told).toBe(expected);
          expected = told + durationOf(fragment.bytes, trackId);
        }
        expect(expected).not.toBeNull();
      }
    });

    test('what was recorded decodes without complaint', async () => {
      const sink = await playToEnd(await openOnce());
      await runFfmpeg('-xerror', '-i', sink.save(temporaryFolder()), '-f', 'null', '-');
    });

    test('a replay gives the same pictures in the same order each time', async () => {
      const first = await playToEnd(await openOnce());
      const second = await playToEnd(await openOnce());
      expect(second.order()).toBe(first.order());
      expect(second.luma.map(({ luma }) => Buffer.from(luma).toString('base64'))).toEqual(
        first.luma.map(({ luma }) => Buffer.from(luma).toString('base64')),
      );
      expect(second.fragments.map(({ bytes }) => Buffer.from(bytes).toString('base64'))).toEqual(
        first.fragments.map(({ bytes }) => Buffer.from(bytes).toString('base64')),
      );
    });

    test('a still is a JPEG within its bounds, with regions when wanted', async () => {
      const imager = await openEndless();
      onTestFinished(() => imager.stop());
      const sink = createRecordingSink();
      await imager.start(plainSettings, sink);
      await waitFor('a first fragment', () => sink.fragments.length > 0);
      const still = await imager.still({ bytesMax: 100_000, widthPxMax: 160 });
      const { format, width } = await sharp(still.jpeg).metadata();
      expect([format, width]).toEqual(['jpeg', 160]);
      expect(still.at).toBeGreaterThanOrEqual(sink.fragments[0]?.at ?? 0);
      const small = await imager.still({ bytesMax: 1500, widthPxMax: 320 });
      expect(small.jpeg.length).toBeLessThanOrEqual(1500);
      const regions = [{ x: 0.25, y: 0.25, width: 0.5, height: 0.5 }];
      const drawn = await imager.still({ bytesMax: 100_000, widthPxMax: 320, regions });
      expect(await outlineIsYellow(drawn.jpeg)).toBe(true);
      expect(await outlineIsYellow(small.jpeg)).toBe(false);
    });

    test('live frames come while somebody looks, and then no more', async () => {
      const imager = await openEndless();
      onTestFinished(() => imager.stop());
      await imager.start(plainSettings, createRecordingSink());
      const frames: Uint8Array[] = [];
      const viewing = imager.liveFrames({ widthPxMax: 160, framesPerSecond: 5 }, (jpeg) => {
        frames.push(jpeg);
      });
      await waitFor('live frames', () => frames.length >= 3);
      viewing.cancel();
      const seen = frames.length;
      expect((await sharp(frames[0]).metadata()).width).toBe(160);
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(frames.length).toBe(seen);
    });

    test('in real time nothing lies in the future', async () => {
      const imager = await openEndless();
      onTestFinished(() => imager.stop());
      const aheadMs: number[] = [];
      const sink = createRecordingSink();
      await imager.start(plainSettings, {
        ...sink,
        onLuma: (frame) => aheadMs.push(frame.at - uptime()),
        onFragment: (fragment) => {
          aheadMs.push(fragment.at + fragment.durationMs - uptime());
          sink.onFragment(fragment);
        },
      });
      await waitFor('three fragments', () => sink.fragments.length >= 3);
      // A frame's length of grace, for the clock that ffmpeg reads and ours.
      expect(Math.max(...aheadMs)).toBeLessThanOrEqual(70);
    });

    test('stopped it is silent, and can be started again', async () => {
      const imager = await openEndless();
      const sink = createRecordingSink();
      await imager.start(plainSettings, sink);
      await imager.stop();
      await imager.stop();
      const { length } = sink.order();
      await expect(imager.still({ bytesMax: 1000, widthPxMax: 160 })).rejects.toThrow(ImagerError);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(sink.order()).toHaveLength(length);
      await imager.start(plainSettings, sink);
      await waitFor('a fragment after the restart', () => sink.fragments.length > 0);
      expect(sink.fragments[0]?.continuous).toBe(false);
      await imager.stop();
      expect(sink.faults).toEqual([]);
    });
  });
}

/** Ticks of a track in a fragment, added up from its `trun`. */
function durationOf(fragment: Uint8Array, trackId: number): number {
  const bytes = Buffer.from(fragment);
  let sum = 0;
  for (const { type, body } of boxesIn(needBox(bytes, 'moof'))) {
    if (type !== 'traf' || needBox(body, 'tfhd').readUInt32BE(4) !== trackId) continue;
    const trun = needBox(body, 'trun');
    expect(trun.readUInt32BE(0)).toBe(0x01000f01);
    for (let i = 0; i < trun.readUInt32BE(4); i++) sum += trun.readUInt32BE(12 + i * 16);
  }
  return sum;
}

/** Whether the outline of the middle of the picture is drawn, by a point on each side. */
async function outlineIsYellow(jpeg: Uint8Array): Promise<boolean> {
  const { data, info } = await sharp(jpeg)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const points = [
    [0.25, 0.6],
    [0.75, 0.4],
    [0.6, 0.25],
    [0.4, 0.75],
  ] as const;
  return points.every(([x, y]) => {
    const at = (Math.round(y * info.height) * info.width + Math.round(x * info.width)) * 3;
    const [r = 0, g = 0, b = 0] = data.subarray(at, at + 3);
    return r > 190 && g > 140 && b < 120;
  });
}
