import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readCloudConfig } from '../../cloud-stub/config.ts';
import { type HostCloud, openHostCloud } from '../../cloud-stub/host-cloud.ts';
import { openLog } from '../../cloud-stub/log.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** On free ports, in this process. */
async function started(data: string, flags: Readonly<Record<string, string>>) {
  const ports = { 'api-port': '0', 'broker-port': '0', 'broker-host': '127.0.0.1' };
  const config = readCloudConfig({}, { data, ...ports, ...flags });
  const host = await openHostCloud(config, openLog('silent'), { version: 'test' });
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (!isStopped) await host.stop();
    isStopped = true;
  };
  onTestFinished(stop);
  return { host, stop };
}
const operatorFile = (data: string) => join(data, 'secrets', 'operator.json');

async function ask({ apiUrl }: HostCloud, data: string, path: string, body?: object) {
  const { token } = JSON.parse(readFileSync(operatorFile(data), 'utf8')) as { token: string };
  const answer = await fetch(`${apiUrl}${path}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  return (await answer.json()) as { now: string; timersFired?: number };
}

test('a cloud in virtual time is moved by its operator, and goes on where its ledger left off [RET-8]', async () => {
  const data = temporaryFolder();
  const at = '2019-10-14T08:00:00.000Z';
  const first = await started(data, { 'virtual-clock': 'true', at });
  expect(statSync(operatorFile(data)).mode & 0o777).toBe(0o600);
  expect(await ask(first.host, data, '/clock')).toMatchObject({ now: at });
  const { account } = await first.host.cloud.accounts.open('anna');
  const moved = await ask(first.host, data, '/clock/advance', { by: '3d' });
  expect(moved.now).toBe('2019-10-17T08:00:00.000Z');
  expect(moved.timersFired).toBeGreaterThanOrEqual(3 * 24 * 60);
  await first.host.cloud.plans.change(account, 'short', (7 * 86_400_000) as never);
  await ask(first.host, data, '/clock/advance', { by: '1d' });
  await first.stop();
  expect(existsSync(operatorFile(data))).toBe(false);

  const second = await started(data, { 'virtual-clock': 'true' });
  const shown = await ask(second.host, data, '/clock');
  // The ledger's last entry is the plan's, or what was added since; never before, never this machine's time.
  expect(shown.now >= '2019-10-17T08:00:00.000Z').toBe(true);
  expect(shown.now < '2019-10-19').toBe(true);
  expect(await second.host.cloud.plans.current(account)).toMatchObject({ name: 'short' });
  expect((await second.host.cloud.sweeper.sweep()).refused).toBeNull();
  await second.stop();
});

test('a cloud in real time has no clock to move and no operator’s token', async () => {
  const data = temporaryFolder();
  const { host } = await started(data, {});
  expect(existsSync(operatorFile(data))).toBe(false);
  expect(host.virtualClock).toBeNull();
  for (const method of ['GET', 'POST']) {
    const path = method === 'GET' ? '/clock' : '/clock/advance';
    expect((await fetch(`${host.apiUrl}${path}`, { method })).status).toBe(404);
  }
});

test('virtual time that would begin before the ledger’s last entry is doubted [RET-8]', async () => {
  const data = temporaryFolder();
  const first = await started(data, { 'virtual-clock': 'true', at: '2019-10-14T08:00:00Z' });
  await first.host.cloud.accounts.open('anna');
  await first.stop();
  const second = await started(data, { 'virtual-clock': 'true', at: '2019-10-13T08:00:00Z' });
  expect((await second.host.cloud.sweeper.sweep()).refused).not.toBeNull();
});
