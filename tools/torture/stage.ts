/** A cloud, its broker and doorbells as real processes, with a proxy between them; what a round acts upon. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeIdentity } from '../../cloud-stub/backends/pki/identity.ts';
import { openPki, type Pki } from '../../cloud-stub/backends/pki/pki.ts';
import { systemClock } from '../../cloud-stub/backends/system-clock.ts';
import { fsck } from '../../cloud-stub/services/fsck.ts';
import { decode } from '../../device/wire/codec.ts';
import type { ThingName } from '../../device/wire/ids.ts';
import { type Receipt, receiptSchema } from '../../device/wire/messages.ts';
import { parseDownTopic } from '../../device/wire/topics.ts';
import { placesOf } from '../commands/places.ts';
import { withStorage } from '../commands/storage.ts';
import { Child } from './child.ts';
import { durableNotes, recordedClips } from './evidence.ts';
import { freePort } from './free-port.ts';
import { fairWeather, type MessageProxy, startMessageProxy } from './message-proxy.ts';
import { type Mosquitto, startMosquitto } from './mosquitto.ts';
import type { Fault, Round, Step } from './plan.ts';
import { SmallDisk } from './small-disk.ts';
import { judge } from './verdict.ts';
import { waitUntil } from './waiting.ts';

const root = path.join(import.meta.dirname, '../..');
const MiB = 1024 * 1024;
/** A press binds when nothing was done to the doorbell for this long after it. */
const bindingMs = 1_500;

type StagedDoorbell = {
  readonly thing: ThingName;
  readonly child: Child;
  readonly evidence: string;
  readonly disk: SmallDisk;
  readonly receipts: Receipt[];
  readonly pressesMs: number[];
  disturbedMs: number;
};

export type StageOptions = {
  readonly footage: string;
  /** Mosquitto's path, to stand between doorbells and cloud; null: the cloud's own broker. */
  readonly mosquitto: string | null;
  readonly random: () => number;
};

export class Stage {
  readonly folder: string;
  readonly possible: readonly Fault[];
  readonly #doorbells: readonly StagedDoorbell[];
  readonly #cloud: Child;
  readonly #cloudDisk: SmallDisk;
  readonly #proxy: MessageProxy;
  readonly #broker: Mosquitto | null;

  private constructor(parts: {
    folder: string;
    doorbells: readonly StagedDoorbell[];
    cloud: Child;
    cloudDisk: SmallDisk;
    proxy: MessageProxy;
    broker: Mosquitto | null;
  }) {
    this.folder = parts.folder;
    this.#doorbells = parts.doorbells;
    this.#cloud = parts.cloud;
    this.#cloudDisk = parts.cloudDisk;
    this.#proxy = parts.proxy;
    this.#broker = parts.broker;
    this.possible = [
      'kill-device',
      'kill-cloud',
      'cut-links',
      'block-links',
      ...(parts.broker === null ? [] : (['kill-broker'] as const)),
      ...(parts.cloudDisk.canFill ? (['fill-flash', 'fill-cloud-disk'] as const) : []),
    ];
  }

  get doorbells(): number {
    return this.#doorbells.length;
  }

  get counts() {
    const kills = this.#doorbells.map(({ child }) => child.kills);
    return {
      deviceKills: kills.reduce((sum, count) => sum + count, 0),
      cloudKills: this.#cloud.kills,
      ...this.#proxy.counts,
    };
  }

  static async open(options: StageOptions): Promise<Stage> {
    const folder = mkdtempSync(path.join(tmpdir(), 'doorbell-torture-'));
    const data = path.join(folder, 'data');
    const places = placesOf(data);
    const cloudDisk = SmallDisk.at(places.cloud, 192 * MiB);
    const pki = await openPki(places.pki, { now: systemClock.now });
    const broker = options.mosquitto === null ? null : await startMosquitto(options.mosquitto, pki);
    const [apiPort, ownPort] = [await freePort(), await freePort()];
    const cloud = new Child(
      'cloud',
      [
        path.join(root, 'tools/doorbell.ts'),
        'cloud',
        ...['--data', data, '--api-port', String(apiPort), '--owner', 'torture'],
        ...(broker === null
          ? ['--broker-port', String(ownPort), '--broker-host', '127.0.0.1']
          : ['--broker', broker.url]),
      ],
      path.join(folder, 'cloud.log'),
    );
    const doorbells: StagedDoorbell[] = [];
    const proxy = await openProxy(options, pki, data, broker?.port ?? ownPort, doorbells);
    for (const link of ['mqttjs', 'aws-crt'] as const) {
      doorbells.push(await stageDoorbell(folder, data, pki, proxy.port, options.footage, link));
    }
    const stage = new Stage({ folder, doorbells, cloud, cloudDisk, proxy, broker });
    cloud.start();
    await waitUntil('the cloud to be up', () => existsSync(places.contact));
    for (const { thing } of doorbells) claim(data, thing);
    for (const doorbell of doorbells) start(doorbell);
    await stage.settle();
    return stage;
  }

  async run(round: Round): Promise<void> {
    this.#proxy.setWeather(round.weather);
    const beganMs = performance.now();
    const ends: Promise<void>[] = [];
    for (const step of round.steps) {
      await sleep(Math.max(0, step.atMs - (performance.now() - beganMs)));
      ends.push(this.#act(step));
    }
    await Promise.all(ends);
    await sleep(300);
  }

  /** Fair weather, everything running; waits until the doorbells have nothing left to send. */
  async settle(): Promise<void> {
    this.#proxy.setWeather(fairWeather);
    this.#proxy.block(false);
    if (!this.#cloud.isRunning) this.#cloud.start();
    for (const doorbell of this.#doorbells) {
      if (!doorbell.child.isRunning) start(doorbell);
    }
    for (const doorbell of this.#doorbells) {
      await waitUntil(`${doorbell.thing} to have sent everything`, () => isIdle(doorbell));
    }
  }

  /** Every breach so far. `thorough` checks the records against each other too. */
  async judge(thorough: boolean): Promise<string[]> {
    return withStorage(path.join(this.folder, 'data'), async (storage) => {
      const breaches: string[] = [];
      for (const doorbell of this.#doorbells) {
        const { thing, evidence, receipts, pressesMs } = doorbell;
        const notes = durableNotes(evidence);
        const clips = recordedClips(evidence);
        const recorded = { thing, notes, clips, receipts, bindingPressesMs: pressesMs };
        breaches.push(...(await judge(storage, recorded)));
      }
      if (!thorough) return breaches;
      for await (const { kind, clip, detail } of fsck(storage)) {
        breaches.push(`fsck: ${kind} ${clip ?? ''} ${detail}`);
      }
      return breaches;
    });
  }

  /** Ends every process; removes the folder unless it is to be `kept`. */
  async close(kept: boolean): Promise<void> {
    for (const { child } of this.#doorbells) await child.stop();
    await this.#cloud.stop();
    await this.#broker?.dispose();
    await this.#proxy.close();
    if (kept) return;
    this.#cloudDisk.unmount();
    for (const { disk } of this.#doorbells) disk.unmount();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #act({ act, doorbell, downMs }: Step): Promise<void> {
    const target = this.#doorbells[doorbell];
    if (target === undefined) return;
    if (act.kind === 'press') return press(target);
    switch (act.fault) {
      case 'kill-device':
        disturb(target);
        await target.child.kill();
        await sleep(downMs);
        start(target);
        return;
      case 'kill-cloud':
        await this.#cloud.kill();
        await sleep(downMs);
        if (!this.#cloud.isRunning) this.#cloud.start();
        return;
      case 'kill-broker':
        await this.#broker?.kill();
        await sleep(downMs);
        await this.#broker?.start();
        return;
      case 'cut-links':
        this.#proxy.cutAll();
        return;
      case 'block-links':
        this.#proxy.block(true);
        this.#proxy.cutAll();
        await sleep(downMs);
        this.#proxy.block(false);
        return;
      case 'fill-flash':
        disturb(target);
        target.disk.fill();
        await sleep(downMs);
        target.disk.relieve();
        return;
      case 'fill-cloud-disk':
        this.#cloudDisk.fill();
        await sleep(downMs);
        this.#cloudDisk.relieve();
        return;
    }
  }
}

async function openProxy(
  options: StageOptions,
  pki: Pki,
  data: string,
  port: number,
  doorbells: readonly StagedDoorbell[],
): Promise<MessageProxy> {
  const { keyPem, certificatePem, caPem } = await pki.serverCertificate();
  return startMessageProxy({
    upstream: { host: '127.0.0.1', port },
    server: { key: keyPem, cert: certificatePem, ca: caPem },
    identityOf: (thing) => placesOf(data).identity(thing),
    onReceived: (thing, topic, payload) => {
      if (parseDownTopic(topic)?.kind !== 'receipt') return;
      const receipt = decode(receiptSchema, payload);
      const doorbell = doorbells.find((candidate) => candidate.thing === thing);
      if (receipt.ok) doorbell?.receipts.push(receipt.message);
    },
    random: options.random,
  });
}

async function stageDoorbell(
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
  return { thing, child, evidence, disk, receipts: [], pressesMs: [], disturbedMs: 0 };
}

const panelFile = ({ evidence }: StagedDoorbell): string => path.join(evidence, 'panel-url');

function start(doorbell: StagedDoorbell): void {
  if (doorbell.child.isRunning) return;
  rmSync(panelFile(doorbell), { force: true });
  doorbell.child.start();
}

/** What was pressed a moment ago may be lost with the doorbell: nobody has confirmed it yet. */
function disturb(doorbell: StagedDoorbell): void {
  doorbell.disturbedMs = Date.now();
  const bound = doorbell.pressesMs.filter((at) => at < doorbell.disturbedMs - bindingMs);
  doorbell.pressesMs.splice(0, Number.POSITIVE_INFINITY, ...bound);
}

async function press(doorbell: StagedDoorbell): Promise<void> {
  if (!existsSync(panelFile(doorbell))) return;
  const atMs = Date.now();
  try {
    const url = `${readFileSync(panelFile(doorbell), 'utf8')}/press`;
    const response = await fetch(url, { method: 'POST', body: '{"durationMs":120}' });
    const isDisturbed = doorbell.disturbedMs > atMs - 2 * bindingMs;
    if (response.ok && doorbell.child.isRunning && !isDisturbed) doorbell.pressesMs.push(atMs);
  } catch {
    // The doorbell died under the finger.
  }
}

async function isIdle(doorbell: StagedDoorbell): Promise<boolean> {
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

function claim(data: string, thing: ThingName): void {
  const argv = ['tools/doorbell.ts', 'claim', thing, '--account', 'torture', '--data', data];
  const { status, stderr } = spawnSync(process.execPath, argv, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`claiming ${thing} failed: ${stderr}`);
}

/** Twenty seconds of moving noise: no two fragments are alike, and an IDR comes every second. */
export function makeFootage(ffmpeg: string, file: string): void {
  const input = (source: string): string[] => ['-f', 'lavfi', '-i', source];
  execFileSync(ffmpeg, [
    ...['-v', 'error', '-y'],
    ...input('nullsrc=s=320x180:r=15:d=20,geq=random(1)*255:128:128'),
    ...input('sine=frequency=440:duration=20'),
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0', '-pix_fmt', 'yuv420p'],
    ...[
      '-g',
      '15',
      '-keyint_min',
      '15',
      '-sc_threshold',
      '0',
      '-b:v',
      '1200k',
      '-maxrate',
      '1500k',
    ],
    ...['-bufsize', '1500k', '-c:a', 'aac', '-shortest', file],
  ]);
}
