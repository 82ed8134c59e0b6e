import { expect, onTestFinished, test } from 'vitest';
import { readCloudConfig } from '../../cloud-stub/config.ts';
import { openHostCloud } from '../../cloud-stub/host-cloud.ts';
import { openLog } from '../../cloud-stub/log.ts';
import { freePort } from '../../tools/torture/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('what is made at start is there before the cloud says that it is well', async () => {
  const port = await freePort();
  const isWell = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
  const flags = { data: temporaryFolder(), 'api-port': String(port), 'broker-port': '0' };
  const wasWell: boolean[] = [];
  const host = await openHostCloud(readCloudConfig({}, flags), openLog('silent'), {
    version: 'test',
    prepare: async ({ accounts }) => {
      wasWell.push(await isWell());
      await accounts.open('demo');
    },
  });
  onTestFinished(() => host.stop());
  expect([...wasWell, await isWell()]).toEqual([false, true]);
  expect(await host.cloud.accounts.list()).toMatchObject([{ name: 'demo' }]);
});
