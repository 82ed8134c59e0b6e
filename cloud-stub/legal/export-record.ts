/**
 * A clip's record in a bag: where it came from, when it was, what was signed by the doorbell, and
 * that what leaves is what came in.
 */
import { type KeyObject, X509Certificate } from 'node:crypto';
import {
  finalSignedBytes,
  markSignedBytes,
  openingSignedBytes,
  sha256,
  verifySignature,
} from '../../device/wire/codec.ts';
import type { ThingName, Ulid } from '../../device/wire/ids.ts';
import type {
  ClipDisposition,
  Final,
  Mark,
  Opening,
  Trigger,
  TriggerKind,
} from '../../device/wire/messages.ts';
import { type EpochMs, isoTime } from '../../device/wire/time.ts';
import { clipPaths } from './export-manifest.ts';

/** A clip as it was when the export was frozen. [EXP-4] */
export type ExportedClip = {
  readonly thing: ThingName;
  readonly clip: Ulid;
  /** Its name in the bag. */
  readonly name: string;
  readonly edge: boolean;
  readonly decryptable: boolean;
  readonly boot: number;
  readonly seq: number;
  readonly trigger: TriggerKind;
  readonly triggers: readonly Trigger[];
  /** As the doorbell signed them; null: not on record. */
  readonly opening: Opening | null;
  readonly final: Final | null;
  /** The last mark that was good; absent: frozen before its signature was kept. */
  readonly mark?: Mark | null;
  /** Of the doorbell, PEM, in force when it was frozen. */
  readonly certificate: string;
  readonly disposition: ClipDisposition | null;
  readonly truncated: boolean;
  readonly reason: string | null;
  readonly claimedAt: EpochMs;
  readonly boundLowerAt: EpochMs | null;
  readonly recordedAt: EpochMs;
  readonly firstReceivedAt: EpochMs;
  readonly storedAt: EpochMs | null;
  readonly durationMs: number | null;
  readonly chunks: number;
  readonly sizeBytes: number;
  readonly root: string;
  readonly stills: readonly {
    readonly still: Ulid;
    readonly sizeBytes: number;
    readonly receivedAt: EpochMs;
  }[];
};

export type DeviceSignature = {
  /** Its end, all that is here, or how it began. */
  readonly covers: 'opening-and-final' | 'opening-and-mark' | 'opening';
  /** Exactly what was signed. */
  readonly bytes: Uint8Array;
  /** DER. */
  readonly signature: Uint8Array;
  /** What it signed of the parts as they were recorded, where it signed no end. */
  readonly mark: { readonly bytes: Uint8Array; readonly signature: Uint8Array } | null;
  readonly certificatePem: string;
  /** Of its DER form: the sealed record says whose key it was. */
  readonly certificateSha256: string;
  readonly publicKeyPem: string;
};

/**
 * The doorbell's own signature, if the key of its certificate verifies it. A clip whose doorbell never
 * finished it is covered by the last mark, and so is one that it gave up: its final is of more than
 * was kept. Without such a mark only the opening is signed. [DEV-5]
 */
export function deviceSignatureOf(clip: ExportedClip): DeviceSignature | null {
  const { opening, final, certificate } = clip;
  if (opening === null || !certificate.includes('BEGIN CERTIFICATE')) return null;
  const parsed = new X509Certificate(certificate);
  const { publicKey } = parsed;
  const isWhole = final !== null && final.root === clip.root && final.chunks === clip.chunks;
  const bytes = isWhole ? finalSignedBytes(opening, final) : openingSignedBytes(opening);
  const { sig } = isWhole ? final : opening;
  if (!verifySignature(bytes, sig, publicKey)) return null;
  const mark = isWhole ? null : goodMark(clip, publicKey);
  return {
    covers: isWhole ? 'opening-and-final' : mark === null ? 'opening' : 'opening-and-mark',
    bytes,
    signature: Buffer.from(sig, 'base64url'),
    mark,
    certificatePem: parsed.toString(),
    certificateSha256: sha256(parsed.raw).toString('hex'),
    publicKeyPem: String(publicKey.export({ type: 'spki', format: 'pem' })),
  };
}

/** Of exactly what is here, and signed by this key; otherwise there is none. */
function goodMark(
  { mark, clip, chunks, root }: ExportedClip,
  key: KeyObject,
): DeviceSignature['mark'] {
  if (mark == null || mark.clip !== clip || mark.chunks !== chunks || mark.root !== root) {
    return null;
  }
  const bytes = markSignedBytes(mark);
  return verifySignature(bytes, mark.sig, key)
    ? { bytes, signature: Buffer.from(mark.sig, 'base64url') }
    : null;
}

/** By how much of them their doorbells signed. */
export type SignatureCounts = {
  readonly whole: number;
  /** All that is here, part by part; the doorbell never finished them. */
  readonly marked: number;
  /** Their beginning only. */
  readonly begun: number;
  readonly unsigned: number;
};
export const noSignatures: SignatureCounts = {
  whole: 0,
  marked: 0,
  begun: 0,
  unsigned: 0,
};

export function counted(
  counts: SignatureCounts,
  covers: DeviceSignature['covers'] | null,
): SignatureCounts {
  switch (covers) {
    case 'opening-and-final':
      return { ...counts, whole: counts.whole + 1 };
    case 'opening-and-mark':
      return { ...counts, marked: counts.marked + 1 };
    case 'opening':
      return { ...counts, begun: counts.begun + 1 };
    case null:
      return { ...counts, unsigned: counts.unsigned + 1 };
  }
}

export type ChunkRecord = { readonly sizeBytes: number; readonly sha256: string };

/** What the files came to when they were copied. */
export type CopiedClip = {
  readonly sha256: string;
  readonly rootAtExport: string;
  readonly chunks: readonly ChunkRecord[];
  /** By still, SHA-256. */
  readonly stills: ReadonlyMap<Ulid, string>;
};

export function clipRecord(clip: ExportedClip, copied: CopiedClip): object {
  const paths = clipPaths(clip.name);
  const signed = deviceSignatureOf(clip);
  return {
    file: clip.decryptable ? paths.video : paths.ciphertext,
    sha256: copied.sha256,
    sizeBytes: clip.sizeBytes,
    decryptable: clip.decryptable, // [EXP-5]
    partlyOutsideRange: clip.edge, // [LEG-4]
    device: clip.thing,
    clip: clip.clip,
    boot: clip.boot,
    sequence: clip.seq,
    trigger: clip.trigger,
    triggers: clip.triggers.map(({ kind, at, offsetMs }) => ({ kind, at: isoTime(at), offsetMs })),
    codec: clip.opening?.codec ?? null,
    mediaType: clip.opening?.mediaType ?? null,
    preRoll: clip.opening?.preRoll ?? null,
    disposition: clip.disposition ?? 'unfinished',
    truncated: clip.truncated,
    reason: clip.reason,
    times: timesOf(clip),
    integrity: {
      method: 'root: SHA-256 over the concatenated SHA-256 of each chunk, in order',
      rootAtIngest: clip.root,
      rootAtExport: copied.rootAtExport,
      equal: clip.root === copied.rootAtExport,
      chunks: copied.chunks,
    },
    stills: clip.stills.map(({ still, sizeBytes, receivedAt }) => ({
      file: clip.decryptable ? paths.still(still) : paths.stillCiphertext(still),
      sha256: copied.stills.get(still) ?? null,
      sizeBytes,
      receivedAt: isoTime(receivedAt),
    })),
    deviceSignature:
      signed === null
        ? null
        : {
            covers: signed.covers,
            bytes: paths.signedByDevice,
            signature: paths.deviceSignature,
            ...(signed.mark === null
              ? {}
              : { mark: { bytes: paths.markedByDevice, signature: paths.markSignature } }),
            publicKey: paths.deviceKey,
            certificate: paths.deviceCertificate,
            certificateSha256: signed.certificateSha256,
          },
  };
}

/** The claim, the bound and the result all stay on record. [RET-5] */
const timesOf = (clip: ExportedClip) => ({
  recordedAt: isoTime(clip.recordedAt),
  claimedByDeviceAt: isoTime(clip.claimedAt),
  deviceClockAheadMs: clip.claimedAt - clip.recordedAt,
  notBefore: clip.boundLowerAt === null ? null : isoTime(clip.boundLowerAt),
  firstReceivedAt: isoTime(clip.firstReceivedAt),
  storedAt: clip.storedAt === null ? null : isoTime(clip.storedAt),
  durationMs: clip.durationMs,
});

/** JSON with its members in order of their names, for people to read: the same facts, the same bytes. */
export const orderedJson = (value: unknown): string =>
  `${JSON.stringify(ordered(value), null, 2)}\n`;

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([name, member]) => [name, ordered(member)]),
  );
}
