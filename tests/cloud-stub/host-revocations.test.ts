import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { openPki } from '../../cloud-stub/backends/pki/pki.ts';
import { systemClock } from '../../cloud-stub/backends/system-clock.ts';
import { followRevocations } from '../../cloud-stub/host-revocations.ts';
import { seconds } from '../../device/wire/time.ts';
import { thingNamed } from '../support/cloud/clip-samples.ts';
import { openCloudWorld } from '../support/cloud/cloud-world.ts';
import { createMovedClock } from '../support/moved-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';

test('a certificate revoked elsewhere makes its doorbell refused, until it has a new one', async () => {
  const folder = temporaryFolder();
  const pki = await openPki(folder, { now: systemClock.now });
  const world = await openCloudWorld({
    cloud: { findCertificate: (one) => pki.deviceCertificate(one) },
  });
  const { registry } = world.cloud;
  const [porch, hall] = [thingNamed('porch'), thingNamed('hall')];
  for (const thing of [porch, hall]) {
    await registry.enrol(thing, (await pki.issueDevice(thing)).certificatePem);
    expect(await registry.identity(thing)).not.toBeNull();
  }
  const clock = createMovedClock();
  const follower = followRevocations(pki, registry, { clock, log: pino({ level: 'silent' }) });
  onTestFinished(() => follower.stop());

  const elsewhere = await openPki(folder, { now: systemClock.now });
  await elsewhere.revoke('porch');
  const look = async (): Promise<void> => {
    clock.moveOn(seconds(1));
    await world.settle();
  };
  await waitFor('the revocation to be followed', async () => {
    await look();
    return (await registry.identity(porch)) === null;
  });
  expect(await registry.identity(hall)).not.toBeNull();
  await look();
  const entries = await world.entries('device-revoked');
  expect(entries.map(({ thing }) => thing)).toEqual(['porch']);

  await elsewhere.issueDevice(porch);
  registry.forget(porch);
  await world.pass(3000);
  expect(await registry.identity(porch)).toMatchObject({ thing: porch });
});
