/** A whole doorbell's hardware in memory, under virtual time, with its cloud behind the link. */
import type { KeyObject } from 'node:crypto';
import type { Board, ButtonEdge, LightChange } from '../../../device/board.ts';
import { type Config, type ConfigInput, configSchema } from '../../../device/config.ts';
import type { ThingName } from '../../../device/wire/ids.ts';
import {
  createForgetfulFlash,
  type ForgetfulFlash,
} from '../../../tools/simulation/forgetful-flash.ts';
import { createSeededEntropy } from '../../../tools/simulation/seeded-entropy.ts';
import { makeSeededKey } from '../../../tools/simulation/seeded-key.ts';
import {
  createSimulatedImager,
  type SimulatedImager,
} from '../../../tools/simulation/simulated-imager.ts';
import { type BoardClock, createBoardClock } from './board-clock.ts';
import { createFakeCloud, type FakeCloud } from './fake-cloud.ts';

export type SimulatedBoard = Board & {
  readonly clock: BoardClock;
  /** The same clock, for what outlives this boot. */
  readonly allTime: BoardClock;
  readonly imager: SimulatedImager;
  readonly flash: ForgetfulFlash;
  readonly cloud: FakeCloud;
  readonly publicKey: KeyObject;
  /** Nothing runs any more: no timer fires, nothing comes over the link. */
  powerOff(): void;
  press(heldMs?: number): Promise<void>;
  edge(kind: ButtonEdge['kind']): void;
  light(change: Omit<LightChange, 'at'>): void;
};

export const testThing = 'test-bell' as ThingName;
/** Signs the same each time: how long a signature is decides what still fits on a flash. */
const key = makeSeededKey(testThing);

export type SimulatedBoardOptions = {
  readonly seed?: number;
  readonly flash?: ForgetfulFlash;
  /** The cloud of an earlier boot lives on. */
  readonly before?: SimulatedBoard;
  readonly fragmentBytes?: number;
};

export function createSimulatedBoard(options: SimulatedBoardOptions = {}): SimulatedBoard {
  const { seed = 1, before } = options;
  const outer = before?.allTime ?? createBoardClock();
  let on = true;
  const clock: BoardClock = {
    ...outer,
    setTimer: (name, delay, act) => outer.setTimer(name, delay, () => (on ? act() : undefined)),
  };
  const entropy = createSeededEntropy(seed + 1);
  const { publicKey } = key;
  const cloud =
    before?.cloud ?? createFakeCloud(testThing, publicKey, outer, createSeededEntropy(seed + 2));
  const buttonListeners: ((edge: ButtonEdge) => void)[] = [];
  const lightListeners: ((change: LightChange) => void)[] = [];
  const edge = (kind: ButtonEdge['kind']): void => {
    for (const listener of buttonListeners) listener({ kind, at: clock.uptime() });
  };
  return {
    clock,
    allTime: outer,
    entropy,
    imager: createSimulatedImager(
      clock,
      options.fragmentBytes === undefined ? {} : { fragmentBytes: options.fragmentBytes },
    ),
    flash: options.flash ?? createForgetfulFlash(),
    link: {
      open: (session) => (on ? cloud.link.open(session) : new Promise<never>(() => {})),
      publish: (...message) => (on ? cloud.link.publish(...message) : new Promise<never>(() => {})),
      close: () => cloud.link.close(),
    },
    cloud,
    publicKey,
    signer: key,
    button: { onEdge: (listener) => void buttonListeners.push(listener) },
    sensors: { onChange: (listener) => void lightListeners.push(listener) },
    edge,
    powerOff() {
      on = false;
      void cloud.link.close();
    },
    async press(heldMs = 150) {
      edge('pressed');
      await clock.advance(heldMs);
      edge('released');
    },
    light(change) {
      for (const listener of lightListeners) listener({ ...change, at: clock.uptime() });
    },
  };
}

export const testConfig = (input: Partial<ConfigInput> = {}): Config =>
  configSchema.parse({ thing: testThing, ...input });
