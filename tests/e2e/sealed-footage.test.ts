/**
 * End-to-end encryption the whole way, with real parts: what the owner can do with their key, and that nobody else
 * finds a picture anywhere. [EXP-5]
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { beforeAll, describe, test } from 'vitest';
import { seconds } from '../../device/wire/time.ts';
import { makeFootageOwner } from '../support/device/sealed-clips.ts';
import { boxedFootage } from '../support/footage/boxed-footage.ts';
import { complaintsOf, playbackOf } from '../support/footage/clip-playback.ts';
import { hasFfmpeg } from '../support/footage/test-footage.ts';
import { openTcpProxy } from '../support/links/tcp-proxy.ts';
import { permanentFolder } from '../support/permanent-folder.ts';
import { DoorbellChild } from '../support/staged/doorbell-child.ts';
import { isStored, isWhole, pathOf } from '../support/staged/owner-client.ts';
import { type StagedCloud, stageCloud } from '../support/staged/staged-cloud.ts';
import { waitFor } from '../support/wait-for.ts';

const folder = permanentFolder();
const program = fileURLToPath(new URL('../../tools/doorbell.ts', import.meta.url));
const key = makeFootageOwner();
const keyFile = join(folder, 'owner-key.pem');
const encryption = { ownerKeys: [key.publicKey] };
let footage = '';

beforeAll(async () => {
  writeFileSync(keyFile, key.privatePem, { mode: 0o600 });
  if (hasFfmpeg) footage = await boxedFootage(folder);
});

describe.skipIf(!hasFfmpeg).concurrent(
  'a doorbell with a key of its owner',
  {
    timeout: 600_000,
  },
  () => {
    test('a ring over a broken link: only its owner sees it, on any way to it', async (context) => {
      const { expect } = context;
      const stage = await stageCloud('the embedded broker', { folder, footage }, context);
      const owner = await stage.owner('anna');
      const path = await openTcpProxy(Number(new URL(stage.brokerUrl).port));
      context.onTestFinished(() => path.close());
      const via = `mqtts://127.0.0.1:${path.port}`;
      const doorbell = await stage.doorbell('front-door', owner, { encryption }, via);
      await doorbell.hasFilmed(2000);
      await doorbell.press();
      await owner.clipWhen('the clip to be there', () => true);
      path.cut();
      await doorbell.hasHad('clip-ended');
      const clip = await owner.clipWhen('the clip to be stored', isWhole);
      await doorbell.hasSentAll();
      const recipients = clip.e2ee?.recipients ?? [];

      const sealed = await owner.video(clip);
      expect(sealed.equals(doorbell.recorded(clip.clip))).toBe(true);
      const opened = await key.open(clip, recipients, sealed);
      expect(opened.isWhole).toBe(true);
      expect((await playbackOf(opened.bytes)).durationMs).toBeGreaterThanOrEqual(2900);
      expect(await complaintsOf(opened.bytes, folder)).toBe('');
      const [still = ''] = clip.stills;
      const sealedStill = await owner.bytes(`${pathOf(clip)}/stills/${still}`);
      const picture = await key.openStill(clip, recipients, still, sealedStill);
      expect(await sharp(picture).metadata()).toMatchObject({ format: 'jpeg', width: 320 });

      // What would be found if it were there: the cloud decrypts its vault with its master key to answer.
      const pieces = [...cuttings(opened.bytes), ...cuttings(picture)];
      expect(found(pieces, [opened.bytes, picture])).toBe(pieces.length);
      expect(found(pieces, [sealed, sealedStill, ...filesOf(stage.places.data)])).toBe(0);

      const run = cliOf(stage, owner.token);
      const out = join(folder, 'opened.mp4');
      await run('clip', 'get', clip.clip, '--key', keyFile, '--out', out);
      expect(readFileSync(out).equals(opened.bytes)).toBe(true);
      await expect(run('clip', 'get', clip.clip, '--out', out)).rejects.toMatchObject({
        code: 2,
        stderr: expect.stringContaining(
          `it is end-to-end encrypted for key ${recipients[0]?.recipient}`,
        ),
      });
      const enc = join(folder, 'sealed.enc');
      await run('clip', 'get', clip.clip, '--sealed', '--out', enc);
      expect(readFileSync(enc).equals(sealed)).toBe(true);
      const record = join(folder, 'record.json');
      writeFileSync(record, JSON.stringify(clip));
      await run('clip', 'open', enc, '--record', record, '--key', keyFile);
      expect(readFileSync(join(folder, 'sealed.mp4')).equals(opened.bytes)).toBe(true);
      writeFileSync(enc, sealed.subarray(0, sealed.length - 30));
      await expect(
        run('clip', 'open', enc, '--record', record, '--key', keyFile),
      ).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('is not whole') });
      expect(await stage.breaches()).toEqual([]);
    });

    test('destroyed in a clip: what came before opens, and has no end [DEV-2] [WIRE-7]', async (context) => {
      const { expect } = context;
      const stage = await stageCloud('the embedded broker', { folder, footage }, context);
      const owner = await stage.owner('anna');
      const place = await stage.place('front-door', owner);
      const clip = { preRollMs: 2000, postRollMs: 120_000, maxLengthMs: 600_000 };
      const doorbell = new DoorbellChild(place, { clip, encryption });
      context.onTestFinished(() => doorbell.kill());
      await doorbell.start();
      await doorbell.press();
      const arriving = await owner.clipWhen('the clip to be there', () => true);
      const hasBytes = async () =>
        (await owner.status('HEAD', `${pathOf(arriving)}/video`)) === 200;
      await waitFor('its first bytes', hasBytes);
      await owner.videoSoFar(arriving, 100_000);
      await doorbell.kill();
      const open = async () => {
        const [now] = await owner.clips();
        if (now === undefined) throw new Error('it is gone');
        return key.open(now, now.e2ee?.recipients ?? [], await owner.video(now));
      };

      await owner.clipWhen('the clip to be salvaged', (one) => {
        stage.clock.moveOn(seconds(61));
        return isStored(one);
      });
      const salvaged = await open();
      expect(salvaged.isWhole).toBe(false);
      expect((await playbackOf(salvaged.bytes)).durationMs).toBeGreaterThanOrEqual(1000);
      expect(await complaintsOf(salvaged.bytes, folder)).toBe('');

      // The doorbell that comes back sends what stands on its flash, though it cannot open it.
      await doorbell.start();
      await owner.clipWhen('the clip to be completed', (one) => !one.unfinished);
      const completed = await open();
      expect(completed.isWhole).toBe(false);
      expect(completed.bytes.subarray(0, salvaged.bytes.length).equals(salvaged.bytes)).toBe(true);
      expect(await complaintsOf(completed.bytes, folder)).toBe('');
      const pieces = cuttings(completed.bytes);
      expect(found(pieces, filesOf(stage.places.data))).toBe(0);
    });
  },
);

/** Pieces of it from end to end, each long enough not to be anywhere by chance. */
function cuttings(bytes: Buffer): Buffer[] {
  const count = 50;
  const step = Math.floor((bytes.length - 32) / count);
  const all = Array.from({ length: count }, (_, n) => bytes.subarray(n * step, n * step + 32));
  // Sizes and tables are alike everywhere: only what could be nothing else is looked for.
  return all.filter((piece) => new Set(piece).size > 16);
}

const found = (pieces: readonly Buffer[], files: readonly Buffer[]): number =>
  pieces.filter((piece) => files.some((file) => file.includes(piece))).length;

/** Everything the cloud and the doorbells keep: catalogue, vault, keys, flash, the evidence of what came to flash. */
const filesOf = (data: string): Buffer[] =>
  readdirSync(data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));

function cliOf(stage: StagedCloud, token: string) {
  const where = ['--url', stage.host.apiUrl, '--token', token];
  return async (...argv: readonly string[]): Promise<void> => {
    const isAsking = argv[1] === 'get';
    const all = [program, ...argv, ...(isAsking ? where : [])];
    await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', ...all]);
  };
}
