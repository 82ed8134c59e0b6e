/**
 * The whole way, with real parts: ffmpeg, TLS, MQTT, files, HTTP. On the embedded broker with the
 * AWS profile, and on mosquitto. Every test has a cloud of its own, so they wait side by side.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import sharp from 'sharp';
import { beforeAll, describe, test } from 'vitest';
import type { ClipView } from '../../cloud-stub/api/views.ts';
import { openPki } from '../../cloud-stub/backends/pki/pki.ts';
import { systemClock } from '../../cloud-stub/backends/system-clock.ts';
import type { Policy } from '../../cloud-stub/custody/policy.ts';
import { ring2019 } from '../../cloud-stub/custody/profiles/ring-2019.ts';
import { fsck } from '../../cloud-stub/services/fsck/fsck.ts';
import type { Breach } from '../../cloud-stub/services/fsck/fsck-breach.ts';
import { finalHash } from '../../device/wire/codec.ts';
import { type Final, finalSchema } from '../../device/wire/messages.ts';
import { days, hours, seconds } from '../../device/wire/time.ts';
import { withStorage } from '../../tools/commands/storage.ts';
import { Child } from '../../tools/torture/child.ts';
import { boxedFootage } from '../support/footage/boxed-footage.ts';
import { complaintsOf, playbackOf } from '../support/footage/clip-playback.ts';
import { hasFfmpeg } from '../support/footage/test-footage.ts';
import { mosquittoProgram } from '../support/links/mosquitto.ts';
import { openTcpProxy } from '../support/links/tcp-proxy.ts';
import { permanentFolder } from '../support/permanent-folder.ts';
import { DoorbellChild } from '../support/staged/doorbell-child.ts';
import { isStored, isWhole, pathOf } from '../support/staged/owner-client.ts';
import { type BrokerKind, type StagedCloud, stageCloud } from '../support/staged/staged-cloud.ts';
import { StagedDoorbell } from '../support/staged/staged-doorbell.ts';
import { waitFor } from '../support/wait-for.ts';

const folder = permanentFolder();
const program = fileURLToPath(new URL('../../tools/doorbell.ts', import.meta.url));
let footage = '';

/** The shortest window there may be, and sweeps that leave it to the test when. */
const policyFile = join(folder, 'one-day.json');
const oneDay: Policy = {
  ...ring2019,
  name: 'one-day',
  clipWindowMs: days(1),
  eventWindowMs: days(1),
};

beforeAll(async () => {
  writeFileSync(policyFile, JSON.stringify(oneDay));
  if (hasFfmpeg) footage = await boxedFootage(folder);
});

const brokers: readonly BrokerKind[] = ['the embedded broker', 'mosquitto'];
const isMissing = (broker: BrokerKind): boolean =>
  !hasFfmpeg || (broker === 'mosquitto' && mosquittoProgram() === null);

for (const broker of brokers) {
  const suite = describe.skipIf(isMissing(broker)).concurrent;
  suite(`a doorbell and its cloud, through ${broker}`, { timeout: 600_000 }, () => {
    test('a ring becomes one event and one clip that plays [DEV-1]', async (context) => {
      const { expect } = context;
      const stage = await stageCloud(broker, { folder, footage }, context);
      const owner = await stage.owner('anna');
      const following = await owner.follow();
      context.onTestFinished(() => following.end());
      const doorbell = await stage.doorbell('front-door', owner);
      await doorbell.hasFilmed(4000);
      await doorbell.press();
      // Whoever asks while it is being recorded gets it as it grows, to its end.
      const asked = await owner.clipWhen('the clip to be there', () => true);
      const hasBytes = async () => (await owner.status('HEAD', `${pathOf(asked)}/video`)) === 200;
      await waitFor('its first bytes', hasBytes);
      const grown = await owner.video(asked);
      const clip = await owner.clipWhen('the clip to be stored', isWhole);
      await doorbell.hasSentAll();

      const dings = await owner.events('ding');
      expect(dings.map((ding) => ding.clip)).toEqual([clip.clip]);
      expect(clip).toMatchObject({ trigger: 'ding', truncated: false, unfinished: false });
      expect(clip.triggers.map(({ kind }) => kind)).toEqual(['ding']);
      expect(clip.preRoll).toMatchObject({ requestedMs: 2000, gapMs: 0 });
      expect(clip.preRoll.deliveredMs).toBeGreaterThanOrEqual(2000);

      const bytes = await owner.video(clip);
      expect(bytes.equals(doorbell.recorded(clip.clip))).toBe(true);
      expect(grown.equals(bytes)).toBe(true);
      const playback = await playbackOf(bytes);
      expect(playback.beginsWithKeyFrame).toBe(true);
      // The sound's first sample may begin within the tick before the picture.
      expect(Math.round(playback.firstPictureMs)).toBe(0);
      expect(Math.abs(playback.soundOffsetMs ?? Number.NaN)).toBeLessThanOrEqual(40);
      expect(Math.abs(playback.soundEndOffsetMs ?? Number.NaN)).toBeLessThanOrEqual(100);
      // Pre-roll, what came of the second in which it was pressed, and post-roll.
      expect(playback.durationMs).toBeGreaterThanOrEqual(2900);
      expect(playback.pictures).toBe(Math.round((playback.durationMs * 15) / 1000));
      expect(await complaintsOf(bytes, folder)).toBe('');

      expect(clip.stills).toHaveLength(1);
      const still = await owner.bytes(`${pathOf(clip)}/stills/${clip.stills[0]}`);
      expect(await sharp(still).metadata()).toMatchObject({
        format: 'jpeg',
        width: 320,
        height: 180,
      });

      const told = () => following.told.filter(({ data }) => data['kind'] === 'ding');
      await waitFor('the owner to be told of the ring', () => told().length > 0);
      expect(told().map(({ event, data }) => [event, data['clip']])).toEqual([
        ['event', clip.clip],
      ]);
      const isTold = () =>
        following.told.some(({ event, data }) => event === 'clip' && data['state'] === 'stored');
      await waitFor('the owner to be told of the clip', isTold);
      expect(await stage.breaches()).toEqual([]);
    });

    test('what was recorded while the link was down arrives later [DEV-5]', async (context) => {
      const { expect } = context;
      const stage = await stageCloud(broker, { folder, footage }, context);
      const owner = await stage.owner('anna');
      const path = await openTcpProxy(Number(new URL(stage.brokerUrl).port));
      context.onTestFinished(() => path.close());
      const clip = { preRollMs: 0, postRollMs: 1000 };
      const doorbell = await stage.doorbell(
        'front-door',
        owner,
        { clip },
        `mqtts://127.0.0.1:${path.port}`,
      );
      const ring = async (times: number): Promise<void> => {
        await doorbell.press();
        await doorbell.hasHad('clip-ended', times);
      };
      await doorbell.hasFilmed(1000);
      await ring(1);
      await doorbell.hasHad('clip-stored');
      path.block(true);
      await doorbell.hasHad('link-down');
      await ring(2);
      await ring(3);
      expect(doorbell.count('clip-stored')).toBe(1);
      expect(await owner.clips()).toHaveLength(1);
      path.block(false);
      await doorbell.hasSentAll();
      const clips = await owner.clipsWhen('the others to be stored', 3);
      for (const one of clips) {
        expect((await owner.video(one)).equals(doorbell.recorded(one.clip))).toBe(true);
      }
      expect(await owner.events('ding')).toHaveLength(3);
      const finals = await finalsOf(stage);
      expect(finals.map(({ seq }) => seq)).toEqual([0, 1, 2]);
      expect(finals.map(({ prev }) => prev)).toEqual([
        null,
        ...finals.slice(0, -1).map((final) => finalHash(final)),
      ]);
      expect(await entriesOf(stage, 'chain-gap')).toBe(0);
      expect(await stage.breaches()).toEqual([]);
    });

    test('two doorbells never see or disturb what is the other one’s', async (context) => {
      const { expect } = context;
      const stage = await stageCloud(broker, { folder, footage }, context);
      const [anna, bert] = [await stage.owner('anna'), await stage.owner('bert')];
      const following = await anna.follow();
      context.onTestFinished(() => following.end());
      const [hers, his] = await Promise.all([
        stage.doorbell('hers', anna),
        stage.doorbell('his', bert),
      ]);
      await Promise.all([hers.hasFilmed(2000), his.hasFilmed(2000)]);
      await Promise.all([hers.press(), his.press()]);
      const herClip = await anna.clipWhen('her clip to be stored', isWhole);
      const hisClip = await bert.clipWhen('his clip to be stored', isWhole);
      await Promise.all([hers.hasSentAll(), his.hasSentAll()]);
      expect([herClip.thing, hisClip.thing]).toEqual(['hers', 'his']);
      expect((await anna.video(herClip)).equals(hers.recorded(herClip.clip))).toBe(true);
      expect((await bert.video(hisClip)).equals(his.recorded(hisClip.clip))).toBe(true);
      expect(new Set((await anna.events()).map(({ thing }) => thing))).toEqual(new Set(['hers']));
      expect(new Set(following.told.map(({ data }) => data['thing']))).toEqual(new Set(['hers']));
      const hisStill = `${pathOf(hisClip)}/stills/${hisClip.stills[0]}`;
      expect([
        await anna.status('GET', '/v1/devices/his'),
        await anna.status('GET', '/v1/devices/his/live'),
        await anna.status('POST', '/v1/devices/his/snapshot'),
        await anna.status('PUT', '/v1/devices/his/settings', { motion: { masks: [] } }),
        await anna.status('GET', pathOf(hisClip)),
        await anna.status('GET', `${pathOf(hisClip)}/video`),
        await anna.status('GET', hisStill),
        await anna.status('DELETE', pathOf(hisClip)),
      ]).toEqual(Array.from({ length: 8 }, () => 404));
      expect(await anna.status('DELETE', pathOf(herClip))).toBe(204);
      expect(await bert.status('GET', hisStill)).toBe(200);
      expect(await stage.breaches()).toEqual([]);
    });

    test('a doorbell destroyed in a clip leaves it playable [DEV-2] [WIRE-7]', async (context) => {
      const { expect } = context;
      const stage = await stageCloud(broker, { folder, footage }, context);
      const owner = await stage.owner('anna');
      const place = await stage.place('front-door', owner);
      // The AWS SDK's link: it needs a process of its own.
      const clip = { preRollMs: 2000, postRollMs: 120_000, maxLengthMs: 600_000 };
      const doorbell = new DoorbellChild(place, { link: 'aws-crt', clip });
      context.onTestFinished(() => doorbell.kill());
      await doorbell.start();
      await doorbell.press();
      const arriving = await owner.clipWhen('the clip to be there', () => true);
      const hasBytes = async () =>
        (await owner.status('HEAD', `${pathOf(arriving)}/video`)) === 200;
      await waitFor('its first bytes', hasBytes);
      const durable = await owner.videoSoFar(arriving, 100_000);
      expect(arriving).toMatchObject({ state: 'arriving', unfinished: false });
      expect((await doorbell.state()).recordingClip).toBe(arriving.clip);
      await doorbell.kill();

      const salvaged = await owner.clipWhen('the clip to be salvaged', (one) => {
        stage.clock.moveOn(seconds(61));
        return isStored(one);
      });
      expect(salvaged).toMatchObject({
        clip: arriving.clip,
        truncated: true,
        unfinished: true,
        reason: 'the device fell silent',
      });
      const recorded = doorbell.recorded(arriving.clip);
      const some = await owner.video(salvaged);
      expect(some.subarray(0, durable.length).equals(durable)).toBe(true);
      expect(some.equals(recorded.subarray(0, some.length))).toBe(true);
      expect((await playbackOf(some)).durationMs).toBeGreaterThanOrEqual(1000);
      expect(await complaintsOf(some, folder)).toBe('');

      await doorbell.start();
      const completed = await owner.clipWhen('the clip to be completed', (one) => !one.unfinished);
      expect(completed).toMatchObject({
        clip: arriving.clip,
        state: 'stored',
        truncated: true,
        expiresAt: salvaged.expiresAt,
      });
      const whole = await owner.video(completed);
      expect(whole.equals(recorded.subarray(0, whole.length))).toBe(true);
      expect(whole.subarray(0, some.length).equals(some)).toBe(true);
      expect(await complaintsOf(whole, folder)).toBe('');
      expect((await owner.events('ding')).map((ding) => ding.clip)).toEqual([arriving.clip]);
      await waitFor('the doorbell to have sent everything', async () => {
        const { spool } = await doorbell.state();
        return spool.clips === 0 && spool.events === 0;
      });
      expect(await stage.breaches()).toEqual([]);
    });

    test('a killed cloud loses nothing it acknowledged [WIRE-1] [WIRE-5]', async (context) => {
      const { expect } = context;
      const stage = await stageCloud(broker, { folder, footage }, context);
      const owner = await stage.owner('anna');
      const place = await stage.place('front-door', owner);
      await stage.host.stop();
      const cloud = new Child('cloud', [program, 'cloud', ...stage.flags], `${place.folder}/log`);
      context.onTestFinished(() => cloud.kill());
      /** Its API opens last: a doorbell may have sent everything before. */
      const startCloud = async () => {
        cloud.start();
        const answers = () =>
          owner.clips().then(
            () => true,
            () => false,
          );
        await waitFor('the cloud to answer', answers);
      };
      await startCloud();
      const doorbell = new StagedDoorbell(place, { clip: { preRollMs: 1000, postRollMs: 2000 } });
      context.onTestFinished(() => doorbell.stop());
      await doorbell.start();
      await doorbell.hasFilmed(2000);
      await doorbell.press();
      await doorbell.hasHad('clip-stored');
      const [first] = await owner.clips();
      await doorbell.press();
      await doorbell.hasHad('clip-began', 2);
      const progressed = doorbell.count('clip-progressed');
      await doorbell.hasHad('clip-progressed', progressed + 1);
      await cloud.kill();
      await startCloud();
      await doorbell.hasSentAll();
      const clips = await owner.clipsWhen('both clips to be stored', 2);
      expect(clips.at(-1)).toEqual(first);
      for (const clip of clips) {
        expect(clip).toMatchObject({ trigger: 'ding', truncated: false, unfinished: false });
        expect((await owner.video(clip)).equals(doorbell.recorded(clip.clip))).toBe(true);
      }
      const dings = await owner.events('ding');
      expect(dings.map(({ clip }) => clip).toSorted()).toEqual(
        clips.map(({ clip }) => clip).toSorted(),
      );
      await doorbell.stop();
      await cloud.stop();
      const breaches = await withStorage(stage.places.data, async (storage) => {
        const found: Breach[] = [];
        for await (const breach of fsck(storage)) found.push(breach);
        return found;
      });
      expect(breaches).toEqual([]);
    });

    test('a doorbell whose certificate was revoked is refused [BUS-5]', async (context) => {
      const { expect } = context;
      const stage = await stageCloud(broker, { folder, footage }, context);
      const owner = await stage.owner('anna');
      const stolen = await stage.doorbell('stolen', owner);
      const kept = await stage.doorbell('kept', owner);
      await Promise.all([stolen.hasSentAll(), kept.hasSentAll()]);
      // As `doorbell pki revoke` does it, in another process than the cloud's.
      const pki = await openPki(stage.places.pki, { now: systemClock.now });
      expect(await pki.revoke('stolen')).toHaveLength(1);
      const isOnRecord = async () => (await entriesOf(stage, 'device-revoked')) === 1;
      await waitFor('the revocation to be on record', isOnRecord);
      if (broker === 'the embedded broker') await stolen.hasHad('link-down');
      const ups = stolen.count('link-up');
      await stolen.press();
      await stolen.hasHad('clip-ended');
      await kept.press();
      await kept.hasHad('clip-stored');
      const [clip, ...more] = await owner.clips();
      expect([clip?.thing, more]).toEqual(['kept', []]);
      const dings = await owner.events('ding');
      expect(dings.map(({ thing }) => thing)).toEqual(['kept']);
      expect(stolen.count('clip-progressed')).toBe(0);
      expect(stolen.firmware.state().spool.clips).toBe(1);
      if (broker === 'the embedded broker') expect(stolen.count('link-up')).toBe(ups);
      else {
        const isRefused = () => stage.host.cloud.counters.refused['unknown-device'] > 0;
        await waitFor('the cloud to refuse it', isRefused);
      }
      await kept.hasSentAll();
      expect(await stage.breaches()).toEqual([]);
    });

    test('deleting and the window hide at once; the window purges [DEL-1] [RET-1]', async (context) => {
      const { expect } = context;
      const stage = await stageCloud(broker, { folder, footage, policyFile }, context);
      const owner = await stage.owner('anna');
      const following = await owner.follow();
      context.onTestFinished(() => following.end());
      const clip = { preRollMs: 0, postRollMs: 1000 };
      const doorbell = await stage.doorbell('front-door', owner, { clip });
      await doorbell.hasFilmed(1000);
      for (const times of [1, 2]) {
        await doorbell.press();
        await doorbell.hasHad('clip-stored', times);
      }
      await doorbell.hasSentAll();
      await doorbell.stop();
      const [kept, deleted] = (await owner.clips()) as readonly [ClipView, ClipView];
      const surfaces = (one: ClipView) =>
        Promise.all([
          owner.status('GET', pathOf(one)),
          owner.status('GET', `${pathOf(one)}/video`),
          owner.status('GET', `${pathOf(one)}/stills/${one.stills[0]}`),
        ]);
      expect(await surfaces(deleted)).toEqual([200, 200, 200]);
      expect(await owner.status('DELETE', pathOf(deleted))).toBe(204);
      expect(await surfaces(deleted)).toEqual([404, 404, 404]);
      expect(await owner.status('DELETE', pathOf(deleted))).toBe(404);
      expect(await owner.clips()).toEqual([kept]);
      const gone = { event: 'clip-gone', data: { thing: 'front-door', clip: deleted.clip } };
      const isTold = () => following.told.some((one) => isDeepStrictEqual(one, gone));
      await waitFor('the owner to be told', isTold);
      expect(await surfaces(kept)).toEqual([200, 200, 200]);
      // The profile preserves what its owner deleted until the window ends.
      expect(await stored(stage)).toEqual({ keys: 2, journals: 2 });

      stage.clock.moveOn(hours(23));
      expect(await surfaces(kept)).toEqual([200, 200, 200]);
      expect(await stage.host.cloud.sweeper.sweep()).toMatchObject({ refused: null, purged: 0 });
      stage.clock.moveOn(hours(1));
      expect(await surfaces(kept)).toEqual([404, 404, 404]);
      expect(await owner.clips()).toEqual([]);
      const isPurged = async () => {
        const { keys, journals } = await stored(stage);
        return keys === 0 && journals === 0 && (await entriesOf(stage, 'purged')) === 2;
      };
      await waitFor('both to be purged', isPurged);
      expect(await entriesOf(stage, 'purge-intended')).toBe(2);
      expect(await stage.breaches()).toEqual([]);
    });

    test('it obeys: a snapshot, a live view, other zones', async (context) => {
      const { expect } = context;
      const stage = await stageCloud(broker, { folder, footage }, context);
      const owner = await stage.owner('anna');
      const polygon = [
        { x: 0, y: 0 },
        { x: 1, y: 0 },
        { x: 1, y: 1 },
        { x: 0, y: 1 },
      ];
      const nowhere = { zones: [{ name: 'nowhere', kind: 'exclude', polygon }] };
      const anywhere = { zones: [{ name: 'anywhere', kind: 'include', polygon }] };
      const doorbell = await stage.doorbell('front-door', owner, { motion: nowhere });
      const isThere = async () => (await owner.device('front-door')).settings !== null;
      await waitFor('the doorbell to report its settings', isThere);
      await doorbell.hasFilmed(1000);
      expect(await owner.status('POST', '/v1/devices/front-door/snapshot')).toBe(202);
      const clip = await owner.clipWhen('the snapshot', isWhole);
      expect(clip.triggers.map(({ kind }) => kind)).toEqual(['snapshot']);
      expect(clip.stills).toHaveLength(1);
      const still = await owner.bytes(`${pathOf(clip)}/stills/${clip.stills[0]}`);
      expect(await sharp(still).metadata()).toMatchObject({ format: 'jpeg', width: 320 });

      const pictures = await owner.livePictures('front-door', 3);
      for (const picture of pictures) {
        expect(await sharp(picture).metadata()).toMatchObject({ format: 'jpeg', width: 320 });
      }

      // The box has crossed the picture once by now.
      await doorbell.hasFilmed(14_000);
      expect(await owner.events('motion-began')).toEqual([]);
      const wanted = { motion: anywhere };
      expect(await owner.status('PUT', '/v1/devices/front-door/settings', wanted)).toBe(202);
      const isInForce = async () => {
        const { settings } = await owner.device('front-door');
        return JSON.stringify(settings).includes('"anywhere"');
      };
      await waitFor('them to be in force', isInForce);
      const isSeen = async () => (await owner.events('motion-began')).length > 0;
      await waitFor('the box to be seen', isSeen);
      const [change, motion] = await owner.events('settings-changed', 'motion-began');
      expect(change).toMatchObject({ kind: 'settings-changed', data: { accepted: true } });
      expect(motion?.kind).toBe('motion-began');
      const motionClips = async () =>
        (await owner.clips()).filter(({ trigger }) => trigger === 'motion');
      await waitFor('a motion clip', async () => (await motionClips()).length > 0);
    });
  });
}

/** Finals as the cloud keeps them, by number. */
async function finalsOf({ host }: StagedCloud): Promise<readonly Final[]> {
  const rows = await host.ports.catalogue.read
    .selectFrom('clips')
    .select('final')
    .orderBy('seq')
    .execute();
  return rows.map(({ final }) => finalSchema.parse(JSON.parse(final ?? 'null')));
}

async function entriesOf(
  { host }: StagedCloud,
  kind: 'chain-gap' | 'device-revoked' | 'purge-intended' | 'purged',
): Promise<number> {
  const rows = await host.ports.catalogue.read
    .selectFrom('ledger')
    .select('seq')
    .where('kind', '=', kind)
    .execute();
  return rows.length;
}

/** How many clips have their key, and how many their bytes. */
async function stored({ host }: StagedCloud): Promise<{ keys: number; journals: number }> {
  let [keys, journals] = [0, 0];
  for await (const _ of host.ports.keys.list()) keys++;
  for await (const _ of host.ports.vault.list()) journals++;
  return { keys, journals };
}
