/** A doorbell of the torture: a real process, its witnessed flash on a small disk, and a finger on its button. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeIdentity } from '../../cloud-stub/backends/pki/identity.ts';
import type { Pki } from '../../cloud-stub/backends/pki/pki.ts';
import type { ThingName } from '../../device/wire/ids.ts';
import type { Receipt } from '../../device/wire/messages.ts';
import { placesOf } from '../commands/places.ts';
import { Child } from './child.ts';
import { SmallDisk } from './small-disk.ts';

const root = path.join(import.meta.dirname, '../..');
const MiB = 1024 * 1024;
/** A press binds when nothing was done to the doorbell for this long after it. */
const bindingMs = 1_500;
/** The doorbell's own gap, and what a loaded machine adds to a release. */
const doublePressMs = 1_200;

/** Wall-clock times between which the finger came down, on a machine however loaded. */
export type Press = { readonly fromMs: number; readonly toMs: number };

export type StagedDoorbell = {
  readonly thing: ThingName;
  readonly child: Child;
  readonly evidence: string;
  readonly disk: SmallDisk;
  readonly receipts: Receipt[];
  readonly presses: Press[];
  lastPressMs: number;
  disturbedMs: number;
};

export async function stageDoorbell(
  folder: string,
  data: string,
  pki: Pki,
  port: number,
  footage: string,
  link: 'mqttjs' | 'aws-crt',
): Promise<StagedDoorbell> {
  const thing = `porch-${link}` as ThingName;
  const places = placesOf(data);
  await writeIdentity(places.identity(thing), await pki.issueDevice(thing));
  const evidence = path.join(folder, `evidence-${link}`);
  mkdirSync(evidence);
  const flash = path.join(places.device(thing), 'flash');
  const settings = path.join(folder, `${thing}.json`);
  const everywhere = [0, 1].flatMap((x) => [x, 1 - x].map((y) => ({ x, y })));
  writeFileSync(
    settings,
    JSON.stringify({
      thing,
      link,
      source: footage,
      encoder: 'pass-through',
      broker: `mqtts://127.0.0.1:${port}`,
      identity: places.identity(thing),
      flash,
      panelPort: 0,
      imager: { clockOverlay: false },
      motion: { masks: [everywhere] },
      clip: { preRollMs: 1000, postRollMs: 1000, maxLengthMs: 8000 },
      spool: { capacityBytes: 16 * MiB },
    }),
  );
  const program = path.join(root, 'tools/torture/doorbell-process.ts');
  const child = new Child(thing, [program, settings, evidence], path.join(folder, `${thing}.log`));
  const disk = SmallDisk.at(flash, 24 * MiB);
  return {
    thing,
    child,
    evidence,
    disk,
    receipts: [],
    presses: [],
    lastPressMs: 0,
    disturbedMs: 0,
  };
}

const panelFile = ({ evidence }: StagedDoorbell): string => path.join(evidence, 'panel-url');

export function start(doorbell: StagedDoorbell): void {
  if (doorbell.child.isRunning) return;
  rmSync(panelFile(doorbell), { force: true });
  doorbell.child.start();
}

/** What was pressed a moment ago may be lost with the doorbell: nobody has confirmed it yet. */
export function disturb(doorbell: StagedDoorbell): void {
  doorbell.disturbedMs = Date.now();
  const bound = doorbell.presses.filter(({ toMs }) => toMs < doorbell.disturbedMs - bindingMs);
  doorbell.presses.splice(0, Number.POSITIVE_INFINITY, ...bound);
}

export async function press(doorbell: StagedDoorbell): Promise<void> {
  if (!existsSync(panelFile(doorbell))) return;
  const fromMs = Date.now();
  try {
    const url = `${readFileSync(panelFile(doorbell), 'utf8')}/press`;
    const response = await fetch(url, { method: 'POST', body: '{"durationMs":120}' });
    const toMs = Date.now();
    const isDisturbed = doorbell.disturbedMs > fromMs - 2 * bindingMs;
    // Two presses close together are one double press, and one ring.
    const isAlone = fromMs - doorbell.lastPressMs > doublePressMs;
    doorbell.lastPressMs = toMs;
    if (response.ok && doorbell.child.isRunning && !isDisturbed && isAlone) {
      doorbell.presses.push({ fromMs, toMs });
    }
  } catch {
    // The doorbell died under the finger.
  }
}

export async function isIdle(doorbell: StagedDoorbell): Promise<boolean> {
  if (!doorbell.child.isRunning) throw new Error(`${doorbell.thing} has ended by itself`);
  if (!existsSync(panelFile(doorbell))) return false;
  try {
    const url = readFileSync(panelFile(doorbell), 'utf8');
    const response = await fetch(`${url}/state`);
    const { spool, recordingClip, link } = (await response.json()) as {
      readonly spool?: { readonly clips: number; readonly events: number };
      readonly recordingClip?: string | null;
      readonly link?: string;
    };
    return link === 'up' && recordingClip === null && spool?.clips === 0 && spool.events === 0;
  } catch {
    return false;
  }
}

/** Makes it the torture's own, through the command line. */
export function claim(data: string, thing: ThingName): void {
  const argv = ['tools/doorbell.ts', 'claim', thing, '--account', 'torture', '--data', data];
  const { status, stderr } = spawnSync(process.execPath, argv, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`claiming ${thing} failed: ${stderr}`);
}
