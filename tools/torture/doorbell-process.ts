/** A real doorbell whose board is witnessed: `doorbell-process.ts SETTINGS.json EVIDENCE-FOLDER`. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { runChildDoorbell } from '../child-doorbell.ts';
import { noteHappening, witnessed } from './evidence.ts';

const [settings, evidence] = process.argv.slice(2);
if (settings === undefined || evidence === undefined) throw new Error('two arguments expected');
await runChildDoorbell(settings, {
  instrument: (board) => witnessed(board, evidence),
  onBoot: ({ firmware, panelUrl }) => {
    firmware.subscribe((happening) => noteHappening(evidence, happening));
    // Only now: whoever reads it may press the button.
    writeFileSync(path.join(evidence, 'panel-url'), panelUrl ?? '');
  },
});
