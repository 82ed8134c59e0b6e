/**
 * The cloud as a process: environment and flags, start, signals. Exits 0 when it was asked to stop, 2 when it
 * cannot start.
 */
import './disk-threads.ts';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { cloudSettings, readCloudConfig } from './config.ts';
import { openHostCloud } from './host-cloud.ts';
import { openLog } from './log.ts';
import { startFailure } from './start-failure.ts';

const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string };

function readFlags(): Record<string, string | undefined> {
  const options = Object.fromEntries(
    cloudSettings.map(({ flag, isSwitch }) => [
      flag.slice(2),
      { type: isSwitch ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { values } = parseArgs({ options, strict: true });
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

async function main(): Promise<void> {
  const config = readCloudConfig(process.env, readFlags());
  const log = openLog(config.logLevel);
  const host = await openHostCloud(config, log, { version });
  log.info({ api: host.apiUrl, brokerPort: host.brokerPort }, 'the cloud is up');
  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve(name));
  });
  log.info({ signal }, 'the cloud drains and stops');
  await host.stop();
  log.info('the cloud has stopped');
}

try {
  await main();
} catch (error) {
  const sentence = startFailure(error);
  if (sentence === null) throw error;
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 2;
}
