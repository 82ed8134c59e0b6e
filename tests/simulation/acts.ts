/** What may happen in a life to doorbells, network and cloud, each as often as its weight says. */

import { days, hours, milliseconds } from '../../device/wire/time.ts';
import type { Chance } from './chance.ts';
import { cloudClockOffMsMax } from './custody-law.ts';
import { soundDisks } from './disk-trouble.ts';
import { soundFlash } from './faulty-flash.ts';
import { fairWeather, type Weather } from './faulty-network.ts';
import type { MortalBell } from './mortal-bell.ts';
import { ownerActs, requestActs } from './people-acts.ts';
import type { Life } from './story.ts';

export type Act = (life: Life, bell: MortalBell) => Promise<void> | void;
export type Acts = readonly (readonly [name: string, weight: number, act: Act])[];

const bellActs: Acts = [
  ['ring', 8, (_, bell) => bell.press()],
  ['walk', 2, (_, bell) => bell.setMotion(true)],
  ['walk-ends', 3, (_, bell) => bell.setMotion(false)],
  ['restarted', 1, (_, bell) => bell.restart()],
  ['power-cut', 1, (_, bell) => bell.cutPower()],
  ['power-cut-soon', 2, (life, bell) => bell.cutPower(life.chance.between(0, 25))],
  ['flash-small', 1, (life, bell) => bell.setFlashCapacity(life.chance.between(9, 20) * 100_000)],
  ['flash-large', 1, (_, bell) => bell.setFlashCapacity(64 * 1024 * 1024)],
  ['flash-troubled', 2, (life, bell) => bell.setFlash(flashTrouble(life.chance))],
  ['journal-rots', 1, (_, bell) => bell.rot()],
  ['flash-sound', 2, (_, bell) => bell.setFlash(soundFlash)],
  ['wrong-clock', 1, wrongClock],
  ['clock-set', 1, (_, bell) => bell.setClock(0, true)],
  ['clock-drifts', 1, (life, bell) => bell.setDrift(life.chance.between(-20_000, 20_000))],
];

const networkActs: Acts = [
  ['storm', 3, (life) => life.network.setWeather(storm(life.chance))],
  ['fair-weather', 1, (life) => life.network.setWeather(fairWeather)],
  ['out-of-reach', 2, (life, bell) => life.network.setReachable(bell.thing, false)],
  ['in-reach', 3, (life, bell) => life.network.setReachable(bell.thing, true)],
  ['taken-over', 1, (life, bell) => life.network.takeOver(bell.thing)],
];

const cloudActs: Acts = [
  ['cloud-killed', 1, (life) => life.cloud.kill()],
  ['cloud-dies-soon', 3, (life) => life.cloud.dieAt(life.chance.between(0, 25))],
  ['cloud-disk-full', 1, (life) => life.cloud.failSyncs(life.chance.between(1, 3))],
  ['cloud-disks-troubled', 3, (life) => life.cloud.setDisks(diskTrouble(life.chance))],
  ['cloud-disks-sound', 2, (life) => life.cloud.setDisks(soundDisks)],
  ['cloud-clock-steps', 1, cloudClock],
  ['cloud-clock-set', 2, (life) => life.cloud.setClock(milliseconds(0))],
];

export const deck = [
  ...bellActs,
  ...networkActs,
  ...cloudActs,
  ...ownerActs,
  ...requestActs,
].flatMap(([name, weight, act]) => Array.from({ length: weight }, () => [name, act] as const));

const storm = (chance: Chance): Weather => ({
  lossProbability: chance.unit() * 0.3,
  repeatProbability: chance.unit() * 0.3,
  breakProbability: chance.unit() * 0.03,
  delayMsMax: chance.happens(0.1) ? chance.between(60_000, 300_000) : chance.between(20, 1_500),
  straggleProbability: chance.happens(0.5) ? chance.unit() * 0.1 : 0,
  halfOpenProbability: chance.happens(0.5) ? chance.unit() * 0.02 : 0,
});

const diskTrouble = (chance: Chance) => ({
  failProbability: chance.happens(0.5) ? chance.unit() * 0.2 : 0,
  slowMsMax: chance.pick([0, 5, 100, 1_500]),
});

const flashTrouble = (chance: Chance) => ({
  slowMsMax: chance.pick([0, 0, 20, 400]),
  fullProbability: chance.happens(0.4) ? chance.unit() * 0.1 : 0,
  syncFailProbability: chance.happens(0.4) ? chance.unit() * 0.05 : 0,
  rotProbability: chance.happens(0.4) ? chance.unit() * 0.05 : 0,
});

function wrongClock({ chance }: Life, bell: MortalBell): void {
  // Anything a battery that ran out can leave: 1970 and before, fractions, years ahead.
  const odd = [-80 * 365 * days(1), 0.4, 1_000 * 365 * days(1)];
  const offMs = chance.happens(0.3) ? chance.pick(odd) : chance.between(-hours(20), days(40));
  bell.setClock(offMs, chance.happens(0.7));
}

function cloudClock({ chance, cloud, cloudClockIsRight }: Life): void {
  if (cloudClockIsRight) return;
  const most = chance.pick([30_000, cloudClockOffMsMax]);
  cloud.setClock(milliseconds(chance.between(-most, most)));
}
