/**
 * Owners who have their footage sealed, among those who do not: whether anything of it is seen on flash, on the wire or
 * in the vault, and whether the owner's key opens what is stored. The others show that a leak would be seen.
 */
import type { ClipRow } from '../../cloud-stub/catalogue-tables.ts';
import type { Fragment, Imager, Link } from '../../device/board.ts';
import { sha256 } from '../../device/wire/codec.ts';
import type { OwnerKey } from '../../device/wire/footage-sealing.ts';
import { openingSchema } from '../../device/wire/messages.ts';
import { boxesIn } from '../../device/wire/mp4-boxes.ts';
import { ownerKeyOf } from '../../tools/commands/owner-keys.ts';
import type { ForgetfulFlash } from '../../tools/simulation/forgetful-flash.ts';
import { makeSeededKey } from '../../tools/simulation/seeded-key.ts';
import { makeFootageOwner } from '../support/device/sealed-clips.ts';
import type { MortalBell } from './mortal-bell.ts';
import { clipName } from './mortal-ports.ts';
import type { Life } from './story.ts';

export type FootageWatch = {
  /** Stands in every picture and sound of it. */
  readonly label: string;
  /** Null: its footage is not sealed. */
  readonly owner: ReturnType<typeof makeFootageOwner> | null;
  readonly ownerKeys: readonly OwnerKey[];
  /** Places where footage was seen as the camera gave it. */
  readonly seenAt: Set<string>;
  saw(place: string, bytes: Uint8Array): void;
  /** The camera gave it. */
  filmed(fragment: Fragment): void;
  /** Whether the camera gave samples with this hash. */
  hasFilmed(samplesHash: string): boolean;
};

export function watchFootage(label: string, seed: string, isSealed: boolean): FootageWatch {
  const { privateKey } = makeSeededKey(`${seed}/owner`);
  const publicKey = ownerKeyOf(privateKey);
  const privatePem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const seenAt = new Set<string>();
  const given = new Set<string>();
  return {
    label,
    owner: isSealed ? makeFootageOwner({ privatePem, publicKey }) : null,
    ownerKeys: isSealed ? [publicKey] : [],
    seenAt,
    saw(place, bytes) {
      if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(label)) {
        seenAt.add(place);
      }
    },
    filmed({ bytes }) {
      for (const samples of samplesIn(bytes)) given.add(samples);
    },
    hasFilmed: (samplesHash) => given.has(samplesHash),
  };
}

export const filmedBy = (imager: Imager, watch: FootageWatch): Imager => ({
  ...imager,
  start: (wanted, sink) =>
    imager.start(wanted, {
      ...sink,
      onFragment(fragment) {
        watch.filmed(fragment);
        sink.onFragment(fragment);
      },
    }),
});

export const watchedFlash = (flash: ForgetfulFlash, watch: FootageWatch): ForgetfulFlash => ({
  ...flash,
  write(path, bytes) {
    watch.saw('on flash', bytes);
    return flash.write(path, bytes);
  },
  append(path, bytes) {
    watch.saw('on flash', bytes);
    return flash.append(path, bytes);
  },
});

export const watchedLink = (link: Link, watch: FootageWatch): Link => ({
  ...link,
  publish(topic, payload, qos) {
    watch.saw('on the wire', payload);
    return link.publish(topic, payload, qos);
  },
});

/** Hashes of what stands in the `mdat` boxes. */
const samplesIn = (bytes: Uint8Array): readonly string[] =>
  [...boxesIn(bytes)].flatMap(({ type, body, end }) =>
    type === 'mdat' ? [sha256(bytes.subarray(body, end)).toString('hex')] : [],
  );

/** What of sealed footage is readable to others, or not to its owner. */
export async function sealedIsSealed(life: Life): Promise<readonly string[]> {
  const faults: string[] = [];
  const rows = await life.cloud.storage.catalogue.read
    .selectFrom('clips')
    .selectAll()
    .where('possession', '=', 'stored')
    .execute();
  for (const bell of life.bells) {
    const { owner, seenAt, label } = bell.footage;
    const isFilmed = bell.recorded.chunks.size > 0;
    if (owner !== null) {
      for (const place of seenAt) faults.push(`${label} is seen ${place}`);
    } else if (isFilmed && !seenAt.has('on flash')) faults.push(`${label} is not seen on flash`);
    for (const row of rows.filter(({ thing }) => thing === bell.thing)) {
      faults.push(...(await faultsIn(life, bell, row)));
    }
  }
  return faults;
}

async function faultsIn(life: Life, bell: MortalBell, row: ClipRow): Promise<readonly string[]> {
  const { owner, label, hasFilmed } = bell.footage;
  const { keys, vault } = life.cloud.storage;
  const name = clipName(row);
  const recipients = openingSchema.parse(JSON.parse(row.opening)).e2ee?.recipients ?? [];
  if ((owner !== null) !== recipients.length > 0)
    return [`${name} is sealed for ${recipients.length}`];
  if (owner === null || row.chunks === 0) return [];
  const dataKey = await keys.find(row);
  const reader = dataKey === null ? null : await vault.openRead(row, dataKey);
  if (reader === null) return [`${name} cannot be read`];
  const faults: string[] = [];
  const chunks = await Promise.all(Array.from({ length: row.chunks }, (_, i) => reader.read(i)));
  const stills = await Promise.all(
    reader.stills().map(async (still) => ({ still, sealed: await reader.still(still) })),
  );
  await reader.close();
  const isSeen = [...chunks, ...stills.map(({ sealed }) => sealed ?? new Uint8Array())].some(
    (bytes) => Buffer.from(bytes).includes(label),
  );
  if (isSeen) faults.push(`${name} is readable in the vault`);
  const { bytes, isWhole } = await owner.open(row, recipients, Buffer.concat(chunks));
  const samples = samplesIn(bytes);
  if (!samples.every((hash) => hasFilmed(hash))) faults.push(`${name} opens as something else`);
  // The head comes first: a clip of one chunk has no picture yet.
  if (samples.length === 0 && row.chunks > 1) faults.push(`${name} opens without a picture`);
  const mayLackEnd = row.truncated === 1 || row.disposition !== 'complete';
  if (!isWhole && !mayLackEnd) faults.push(`${name} ended as it should and lacks its end`);
  for (const { still, sealed } of stills) {
    const jpeg = await owner.openStill(row, recipients, still, sealed ?? new Uint8Array());
    if (!jpeg.includes(label)) faults.push(`${name}: the still ${still} opens as something else`);
  }
  return faults;
}
