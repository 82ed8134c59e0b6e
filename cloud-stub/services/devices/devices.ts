/** The doorbells the cloud knows: their certificates, whose keys verify all they sign, and whether they are there. */
import { type KeyObject, X509Certificate } from 'node:crypto';
import type { ThingName } from '../../../device/wire/ids.ts';
import type { EpochMs } from '../../../device/wire/time.ts';
import type { DeviceRow } from '../../catalogue-tables.ts';
import type { Bus, Ports } from '../../ports.ts';
import { serviceLimits } from '../service-limits.ts';

export type DeviceIdentity = {
  readonly thing: ThingName;
  readonly publicKey: KeyObject;
  readonly enrolledAt: EpochMs;
};

export type EnrolOutcome =
  | { readonly ok: true; readonly thing: ThingName }
  | {
      readonly ok: false;
      readonly because: 'not-a-certificate' | 'key-not-p256' | 'names-another' | 'revoked';
    };

export type Devices = {
  /** Makes the certificate (PEM) the one in force for this device. Enrolling it again changes nothing. */
  enrol(thing: ThingName, certificate: string): Promise<EnrolOutcome>;
  /** Refuses all that this device sends from now on, and cuts its connection. False when it was not enrolled. */
  revoke(thing: ThingName, because: string): Promise<boolean>;
  listAll(): Promise<readonly DeviceRow[]>;
  /**
   * Whose messages these are, or null when the device is unknown or revoked. Cached until the device is enrolled anew,
   * revoked, or connects again.
   */
  identity(thing: ThingName): Promise<DeviceIdentity | null>;
  forget(thing: ThingName): void;
};

/** Where a certificate is found that an authority of ours issued; null: it issued none. */
export type FindCertificate = (thing: ThingName) => Promise<string | null>;

/**
 * A device that the authority issued a certificate is enrolled when first heard of, and again when it has a new one.
 */
export function makeDevices(
  ports: Pick<Ports, 'catalogue' | 'clock' | 'ledger'> & { readonly bus: Pick<Bus, 'disconnect'> },
  findCertificate: FindCertificate = async () => null,
): Devices {
  const { catalogue, clock, ledger, bus } = ports;
  const known = new Map<ThingName, DeviceIdentity>();
  // Unknown names are remembered for a moment, so that a flood of them costs no query each. [WIRE-9]
  const unknownUntil = new Map<ThingName, number>();

  const find = (thing: ThingName) =>
    catalogue.read.selectFrom('devices').selectAll().where('thing', '=', thing).executeTakeFirst();

  async function enrol(thing: ThingName, certificate: string): Promise<EnrolOutcome> {
    const parsed = readCertificate(certificate);
    if (parsed === null) return { ok: false, because: 'not-a-certificate' };
    if (parsed.publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
      return { ok: false, because: 'key-not-p256' };
    }
    if (commonName(parsed) !== thing) return { ok: false, because: 'names-another' };
    const outcome = await catalogue.write(async (tx): Promise<EnrolOutcome> => {
      const at = clock.now();
      const before = await tx
        .selectFrom('devices')
        .select(['certificate', 'revokedAt'])
        .where('thing', '=', thing)
        .executeTakeFirst();
      if (before?.certificate === certificate) {
        return before.revokedAt === null ? { ok: true, thing } : { ok: false, because: 'revoked' };
      }
      if (before === undefined) {
        await tx
          .insertInto('devices')
          .values({
            thing,
            certificate,
            enrolledAt: at,
            revokedAt: null,
            lastSeenAt: null,
            connected: 0,
            settings: null,
            settingsWanted: null,
            eventsUpTo: -1,
          })
          .execute();
      } else {
        await tx
          .updateTable('devices')
          .set({ certificate, revokedAt: null })
          .where('thing', '=', thing)
          .execute();
      }
      const facts = { fingerprint256: parsed.fingerprint256, renewed: before !== undefined };
      await ledger.append(tx, { kind: 'device-enrolled', at, actor: 'operator', thing, facts });
      return { ok: true, thing };
    });
    known.delete(thing);
    unknownUntil.delete(thing);
    return outcome;
  }

  return {
    enrol,

    async revoke(thing, because) {
      const revoked = await catalogue.write(async (tx) => {
        const at = clock.now();
        const { numUpdatedRows } = await tx
          .updateTable('devices')
          // A clock that was set back since must not make a revocation impossible.
          .set(({ fn, val }) => ({ revokedAt: fn<EpochMs>('max', [val(at), 'enrolledAt']) }))
          .where('thing', '=', thing)
          .where('revokedAt', 'is', null)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return false;
        await ledger.append(tx, {
          kind: 'device-revoked',
          at,
          actor: 'operator',
          thing,
          facts: { because },
        });
        return true;
      });
      known.delete(thing);
      if (revoked) bus.disconnect(thing);
      return revoked;
    },

    listAll: () => catalogue.read.selectFrom('devices').selectAll().orderBy('thing').execute(),

    async identity(thing) {
      const found = known.get(thing);
      if (found !== undefined) return found;
      if (clock.monotonic() < (unknownUntil.get(thing) ?? 0)) return null;
      const issued = await findCertificate(thing);
      let row = await find(thing);
      if (issued !== null && issued !== row?.certificate) {
        await enrol(thing, issued);
        row = await find(thing);
      }
      if (row === undefined || row.revokedAt !== null) {
        if (unknownUntil.size >= serviceLimits.identitiesUnknownMax) unknownUntil.clear();
        unknownUntil.set(thing, clock.monotonic() + serviceLimits.identityUnknownMs);
        return null;
      }
      const { publicKey } = new X509Certificate(row.certificate);
      const identity = { thing, publicKey, enrolledAt: row.enrolledAt };
      known.set(thing, identity);
      return identity;
    },

    forget: (thing) => {
      known.delete(thing);
    },
  };
}

function readCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null; // whatever it is, it is not a certificate: the operator is told so
  }
}

const commonName = (certificate: X509Certificate): string | undefined =>
  certificate.subject
    .split('\n')
    .find((part) => part.startsWith('CN='))
    ?.slice('CN='.length);
