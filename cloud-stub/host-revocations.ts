/**
 * Carries revocations of certificates over to the cloud's own records. A foreign broker knows nothing of them, and its
 * connections cannot be cut from here: what a revoked doorbell sends must be refused. [BUS-5]
 */
import { X509Certificate } from 'node:crypto';
import type { Logger } from 'pino';
import { seconds } from '../device/wire/time.ts';
import { watchRevocations } from './backends/broker/revocation-watch.ts';
import type { Pki } from './backends/pki/pki.ts';
import type { Cloud } from './cloud.ts';
import type { Clock } from './ports.ts';

const interval = seconds(1);

export type RevocationFollower = { stop(): Promise<void> };

/** Looks once a second, at what other processes revoked too. */
export function followRevocations(
  pki: Pki,
  registry: Cloud['registry'],
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): RevocationFollower {
  /** By certificate: parsing them all each second is work for a fleet. */
  const serials = new Map<string, string>();
  const serialOf = (certificate: string): string => {
    const serial = serials.get(certificate) ?? new X509Certificate(certificate).serialNumber;
    serials.set(certificate, serial);
    return serial;
  };

  async function refuseRevoked(): Promise<void> {
    for (const { thing, certificate, revokedAt } of await registry.listAll()) {
      if (revokedAt !== null || !pki.isRevoked(serialOf(certificate))) continue;
      await registry.revoke(thing, 'its certificate was revoked');
      log.warn({ thing }, 'a doorbell is refused from now on, its certificate was revoked');
    }
  }

  let looking: Promise<void> = Promise.resolve();
  const watch = watchRevocations(pki, { clock, interval, log }, () => {
    looking = looking.then(refuseRevoked).catch((error: unknown) => {
      log.error({ err: error }, 'revocations could not be carried over, it is tried again');
    });
  });
  return {
    async stop() {
      watch.cancel();
      await looking;
    },
  };
}
