import { connect } from 'mqtt';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MqttjsLink } from '../../../device/peripherals/mqttjs-link.ts';
import { SystemClock } from '../../../device/peripherals/system-clock.ts';
import type { ThingName } from '../../../device/wire/ids.ts';
import { type LinkContract, linkContract } from '../../contract/link.ts';
import { startAedes, startMosquitto } from '../../support/links/link-brokers.ts';
import { createTestAuthority } from '../../support/links/link-certificates.ts';
import { findProgram } from '../../support/requirement.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const openLink: LinkContract['openLink'] = async (address) =>
  new MqttjsLink(new SystemClock(), address);

linkContract({
  name: 'MQTT.js to aedes (MQTT 3.1.1)',
  startBroker: startAedes,
  mqttVersion: 'auto',
  openLink,
});

const mosquitto = findProgram('mosquitto');
describe.skipIf(mosquitto === null)('with mosquitto', () => {
  for (const mqttVersion of [3, 5] as const) {
    linkContract({
      name: `MQTT.js to mosquitto (MQTT ${mqttVersion})`,
      startBroker: startMosquitto(mosquitto ?? ''),
      mqttVersion,
      openLink,
    });
  }
});

test('of a broker with two addresses the one that answers is not given up for the one that does not', async () => {
  const authority = await createTestAuthority();
  const server = await authority.issue('broker', ['localhost']);
  const broker = await startAedes(authority, server, temporaryFolder());
  onTestFinished(() => broker.close());
  const addresses = [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ];
  /** Nobody looks whether the first answers until half a second later, as on a slow network or a busy machine. */
  const lookup = (
    _host: string,
    _options: object,
    found: (error: null, all: object) => void,
  ): void =>
    void setImmediate(() => {
      found(null, addresses);
      const endsAt = performance.now() + 500;
      while (performance.now() < endsAt);
    });
  const identity = await authority.issue('porch', []);
  const link = new MqttjsLink(
    new SystemClock(),
    {
      host: 'localhost',
      port: broker.port,
      tls: { ...identity, caPem: authority.authorityPem },
      mqttVersion: 'auto',
    },
    (options) => connect({ ...options, ...{ lookup } }),
  );
  onTestFinished(() => link.close());
  const session = { filters: [], onMessage: () => {}, onClosed: () => {} };
  await link.open({ ...session, clientId: 'porch' as ThingName });
  await expect(link.publish('up/porch/event', Buffer.from('x'), 1)).resolves.toBeUndefined();
});
