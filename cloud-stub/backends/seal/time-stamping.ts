/** A time-stamping authority of our own (RFC 3161), on the cloud's clock. [EXP-1] */
import { createHash } from 'node:crypto';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';
import type { EpochMs } from '../../../device/wire/time.ts';
import type { Clock, Entropy } from '../../ports.ts';
import type { TimeStamper } from '../../ports-sealing.ts';
import type { OfficeKeys } from './office-keys.ts';
import { oids, signedData, toDer } from './signed-data.ts';

/** Under 2.25 a UUID names a policy without anyone's leave: 3f0c4b52-6f2b-4b0e-9b55-7a1d5c9e2d11. */
const policy = '2.25.83805199008586892316786040121776286993';
const granted = 0;

export const embeddedTimeStamper = (
  keys: OfficeKeys,
  { clock, entropy }: { readonly clock: Clock; readonly entropy: Entropy },
): TimeStamper => ({
  async stamp(content) {
    const signer = await keys.stamper();
    const at = clock.now();
    const token = signedData(
      { type: oids.timeStampInfo, bytes: stampInfo(content, at, entropy), enclosed: true },
      [signer],
      at,
    );
    const status = new pkijs.PKIStatusInfo({ status: granted });
    return toDer(new pkijs.TimeStampResp({ status, timeStampToken: token }));
  },
  chainPem: async () => (await keys.stamper()).certificatePem,
  rootPem: async () => keys.rootPem,
});

function stampInfo(content: Uint8Array, at: EpochMs, entropy: Entropy): Buffer {
  const hashed = createHash('sha256').update(content).digest();
  const serial = Uint8Array.from(entropy.bytes(16));
  // Positive, and of constant length.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return toDer(
    new pkijs.TSTInfo({
      version: 1,
      policy,
      messageImprint: new pkijs.MessageImprint({
        hashAlgorithm: new pkijs.AlgorithmIdentifier({
          algorithmId: oids.sha256,
          algorithmParams: new asn1js.Null(),
        }),
        hashedMessage: new asn1js.OctetString({ valueHex: Uint8Array.from(hashed).buffer }),
      }),
      serialNumber: new asn1js.Integer({ valueHex: serial.buffer }),
      genTime: new Date(Math.floor(at / 1000) * 1000),
      accuracy: new pkijs.Accuracy({ seconds: 1 }),
    }),
  );
}
