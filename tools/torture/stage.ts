/** A cloud, its broker and doorbells as real processes, with a proxy between them; what a round acts upon. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPki, type Pki } from '../../cloud-stub/backends/pki/pki.ts';
import { systemClock } from '../../cloud-stub/backends/system-clock.ts';
import { fsck } from '../../cloud-stub/services/fsck/fsck.ts';
import { decode } from '../../device/wire/codec.ts';
import { receiptSchema } from '../../device/wire/messages.ts';
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
import {
  claim,
  disturb,
  isIdle,
  press,
  type StagedDoorbell,
  stageDoorbell,
  start,
} from './staged-doorbell.ts';
import { judge } from './verdict.ts';
import { waitUntil } from './waiting.ts';

const root = path.join(import.meta.dirname, '../..');
const MiB = 1024 * 1024;
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
  #brokerKills = 0;

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
    const notes = this.#doorbells.map(({ evidence }) => durableNotes(evidence));
    return {
      deviceKills: sum(this.#doorbells.map(({ child }) => child.kills)),
      cloudKills: this.#cloud.kills,
      brokerKills: this.#brokerKills,
      clips: sum(notes.map(({ openings }) => openings.length)),
      rings: sum(notes.map(({ events }) => events.filter(({ kind }) => kind === 'ding').length)),
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
        const { thing, evidence, receipts, presses } = doorbell;
        const notes = durableNotes(evidence);
        const clips = recordedClips(evidence);
        const recorded = { thing, notes, clips, receipts, bindingPresses: presses };
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
        this.#brokerKills++;
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

const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0);

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
