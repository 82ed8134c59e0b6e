/** A real doorbell in this process, for programs that are started with its settings and stopped with SIGTERM. */
import { readFileSync } from 'node:fs';
import { readConfig } from '../device/config.ts';
import { createLog } from '../device/log.ts';
import { runDoorbell } from '../device/main.ts';

/** Ends the process when the doorbell was stopped; throws what else ended it. */
export async function runChildDoorbell(
  settings: string,
  hooks: Pick<Parameters<typeof runDoorbell>[0], 'instrument' | 'onBoot'>,
): Promise<never> {
  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort());
  const text = readFileSync(settings, 'utf8');
  const config = readConfig({ file: { name: settings, text }, environment: {}, flags: {} });
  const end = await runDoorbell({ config, log: createLog(config), stop: stop.signal, ...hooks });
  if (end.kind === 'failed') throw end.error;
  process.exit(0); // the AWS SDK keeps a process alive
}
