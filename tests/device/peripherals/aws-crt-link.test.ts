import { describe, expect, onTestFinished, test } from 'vitest';
import { parseBrokerUrl } from '../../../device/peripherals/link-address.ts';
import type { ThingName } from '../../../device/wire/ids.ts';
import { type LinkContract, linkContract } from '../../contract/link.ts';
import { ChildLink } from '../../support/links/child-link.ts';
import { startAedes, startMosquitto } from '../../support/links/link-brokers.ts';
import { createTestAuthority } from '../../support/links/link-certificates.ts';
import { findProgram } from '../../support/requirement.ts';

const openLink: LinkContract['openLink'] = async (address) => {
  const link = await ChildLink.open(address);
  onTestFinished(() => link.leave());
  return link;
};

linkContract({
  name: 'the AWS SDK to aedes (MQTT 3.1.1)',
  startBroker: startAedes,
  mqttVersion: 3,
  openLink,
});

const mosquitto = findProgram('mosquitto');
describe.skipIf(mosquitto === null)('with mosquitto', () => {
  linkContract({
    name: 'the AWS SDK to mosquitto (MQTT 5)',
    startBroker: startMosquitto(mosquitto ?? ''),
    mqttVersion: 5,
    openLink,
  });
});

test('left to itself it finds out that a broker does not speak version 5', async () => {
  const authority = await createTestAuthority();
  const server = await authority.issue('broker', ['localhost']);
  const broker = await startAedes(authority, server, '');
  onTestFinished(() => broker.close());
  const identity = { ...(await authority.issue('porch', [])), caPem: authority.authorityPem };
  const link = await openLink(parseBrokerUrl(`mqtts://localhost:${broker.port}`, identity, 'auto'));
  const session = {
    clientId: 'porch' as ThingName,
    filters: [],
    onMessage: () => {},
    onClosed: () => {},
  };
  await link.open(session);
  await link.publish('up/porch/x', Buffer.from('x'), 1);
  await link.close();
});

test('without TLS it is refused: the SDK knows no other way', async () => {
  const address = parseBrokerUrl('mqtt://localhost', null, 'auto');
  await expect(ChildLink.open(address)).rejects.toThrow('mqtts only');
});
