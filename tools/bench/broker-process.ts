/** The cloud's own broker with no storage behind it: `broker-process.ts PKI-FOLDER aws|open`. */
import { openAedesBus } from '../../cloud-stub/backends/aedes-bus.ts';
import { awsProfile, openProfile } from '../../cloud-stub/backends/broker/aws-profile.ts';
import { brokerLimits } from '../../cloud-stub/backends/broker/broker-limits.ts';
import { cryptoEntropy } from '../../cloud-stub/backends/crypto-entropy.ts';
import { openPki } from '../../cloud-stub/backends/pki/pki.ts';
import { systemClock } from '../../cloud-stub/backends/system-clock.ts';

const [pkiFolder, profile] = process.argv.slice(2);
if (pkiFolder === undefined || profile === undefined) throw new Error('two arguments expected');
const bus = await openAedesBus({
  host: '127.0.0.1',
  port: 0,
  pki: await openPki(pkiFolder, { now: systemClock.now }),
  serverNames: [],
  profile: profile === 'aws' ? awsProfile : openProfile,
  limits: brokerLimits,
  clock: systemClock,
  entropy: cryptoEntropy,
  log: { info: () => {}, warn: () => {} },
});
// In good order, so that a profile is written when one was asked for.
process.on('SIGTERM', () => process.exit(0));
process.send?.({ kind: 'listening', port: bus.port });
