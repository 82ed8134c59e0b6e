/**
 * The doorbell's own spool, uplink and link, without a camera: `uploader-process.ts JOB` (JSON). It fills its flash
 * with clips while it has no link, says so, and when told to go sends them until the cloud has stored all.
 */
import { once } from 'node:events';
import { z } from 'zod';
import { settingsSchema } from '../../device/core/settings.ts';
import { silentLog } from '../../device/log.ts';
import { cryptoEntropy } from '../../device/peripherals/crypto-entropy.ts';
import { FileFlash } from '../../device/peripherals/file-flash.ts';
import { readIdentity } from '../../device/peripherals/identity-folder.ts';
import { parseBrokerUrl } from '../../device/peripherals/link-address.ts';
import { MqttjsLink } from '../../device/peripherals/mqttjs-link.ts';
import { SystemClock } from '../../device/peripherals/system-clock.ts';
import { createClipMessages } from '../../device/services/clip-messages.ts';
import { createDownlink } from '../../device/services/downlink.ts';
import { createHappenings } from '../../device/services/happenings.ts';
import type { Spool } from '../../device/services/spool.ts';
import { openSpool } from '../../device/services/spool-boot.ts';
import { createTransfers } from '../../device/services/transfers.ts';
import { createUplink } from '../../device/services/uplink.ts';
import { thingNameSchema } from '../../device/wire/ids.ts';
import { milliseconds, seconds } from '../../device/wire/time.ts';
import { footageBytes } from './footage-bytes.ts';
import { monotonicMs } from './monotonic.ts';

const uploadJobSchema = z.object({
  thing: thingNameSchema,
  broker: z.string(),
  identity: z.string(),
  flash: z.string(),
  profile: z.enum(['aws', 'open']),
  clips: z.int(),
  secondsPerClip: z.int(),
});
export type UploadJob = z.infer<typeof uploadJobSchema>;

const capacityBytes = 512 * 1024 * 1024;
const { imager } = settingsSchema.parse({});

// In good order, so that a profile is written when one was asked for.
process.on('SIGTERM', () => process.exit(0));
if (import.meta.main) await upload(uploadJobSchema.parse(JSON.parse(process.argv[2] ?? '')));

async function upload(job: UploadJob): Promise<void> {
  const clock = new SystemClock();
  const identity = await readIdentity(job.identity);
  const link = new MqttjsLink(clock, parseBrokerUrl(job.broker, identity, 3));
  const flash = await FileFlash.open(job.flash, 2 * capacityBytes);
  const { signer } = identity;
  const board = { clock, entropy: cryptoEntropy, link, flash, signer };
  const happenings = createHappenings();
  const { spool } = await openSpool({ board, happenings, log: silentLog, capacityBytes });
  const lengths: number[] = [];
  for (let nth = 0; nth < job.clips; nth++) lengths.push(...(await record(spool, clock, job)));

  const uplink = createUplink({
    board,
    thing: job.thing,
    profile: () => job.profile,
    spool,
    transfers: createTransfers(spool, clock, cryptoEntropy, happenings, silentLog),
    clipMessages: createClipMessages(spool, signer, clock, job.thing),
    downlink: createDownlink(job.thing, { onCommand: () => {}, onSettings: () => {} }, silentLog),
    happenings,
    log: silentLog,
    onFailed: (error) => {
      throw error;
    },
  });
  let upMs: number | null = null;
  let stored = 0;
  happenings.subscribe(({ kind }) => {
    if (kind === 'link-up') upMs ??= monotonicMs();
    if (kind === 'clip-stored') stored++;
    if (kind !== 'clip-stored' || stored < job.clips || upMs === null) return;
    process.send?.({ kind: 'stored', tookMs: monotonicMs() - upMs, cpuUs: process.cpuUsage() });
  });
  process.send?.({ kind: 'recorded', lengths });
  await once(process, 'message');
  uplink.start();
}

/** One clip as the recorder makes it, at the encoder's bit rate, as fast as the flash takes it. */
async function record(spool: Spool, clock: SystemClock, job: UploadJob): Promise<number[]> {
  const clip = spool.newId();
  const uptimeMs = clock.uptime();
  await spool.transact((transaction) =>
    transaction.openClip({
      clip,
      trigger: 'motion',
      startedAt: clock.now(),
      clock: { uptimeAtStartMs: uptimeMs, uptimeNowMs: uptimeMs, syncedAtUptimeMs: null },
      mediaType: 'video/mp4',
      codec: 'avc1.64001f',
      preRoll: {
        requestedMs: milliseconds(0),
        deliveredMs: milliseconds(0),
        firstIdrOffsetMs: milliseconds(0),
        gapMs: milliseconds(0),
      },
    }),
  ).durable;
  const bytesPerSecond = Math.round(imager.videoBitsPerSecond / 8);
  const fragments = footageBytes(Array.from({ length: job.secondsPerClip }, () => bytesPerSecond));
  for (const [nth, bytes] of fragments.entries()) {
    const appended = await spool.append(clip, [{ bytes, recordedMs: seconds(nth + 1) }]);
    if (appended.kind === 'refused') throw new Error(`the spool refused it: ${appended.because}`);
  }
  const log = await spool.chunksOf(clip);
  await spool.transact((transaction) =>
    transaction.closeClip(clip, { disposition: 'complete', endedAt: clock.now() }, log),
  ).durable;
  return log.chunks.map(({ length }) => length);
}
