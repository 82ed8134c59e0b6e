/** A real doorbell whose board is witnessed: `doorbell-process.ts SETTINGS.json EVIDENCE-FOLDER`. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readConfig } from '../../device/config.ts';
import { createLog } from '../../device/log.ts';
import { runDoorbell } from '../../device/main.ts';
import { noteHappening, witnessed } from './evidence.ts';

const [settings, evidence] = process.argv.slice(2);
if (settings === undefined || evidence === undefined) throw new Error('two arguments expected');
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

const text = readFileSync(settings, 'utf8');
const config = readConfig({ file: { name: settings, text }, environment: {}, flags: {} });
const end = await runDoorbell({
  config,
  log: createLog(config),
  stop: stop.signal,
  instrument: (board) => witnessed(board, evidence),
  onBoot: ({ firmware, panelUrl }) => {
    firmware.subscribe((happening) => noteHappening(evidence, happening));
    // Only now: whoever reads it may press the button.
    writeFileSync(path.join(evidence, 'panel-url'), panelUrl ?? '');
  },
});
if (end.kind === 'failed') throw end.error;
process.exit(0); // the AWS SDK keeps a process alive
