/** Seals bags with keys of the records office: CMS, detached, a signature for each signer. [EXP-1] */
import type { Sealer } from '../../ports-sealing.ts';
import type { OfficeKeys } from './office-keys.ts';
import { oids, signedData, toDer } from './signed-data.ts';

export const cmsSealer = (keys: OfficeKeys): Sealer => ({
  async seal(content, signers, at) {
    const kept = await Promise.all(signers.map((who) => keys.signer(who)));
    return toDer(signedData({ type: oids.data, bytes: content, enclosed: false }, kept, at));
  },
  rootPem: async () => keys.rootPem,
  async chainPem(signers) {
    const kept = await Promise.all(signers.map((who) => keys.signer(who)));
    return kept.map(({ certificatePem }) => certificatePem).join('');
  },
});
