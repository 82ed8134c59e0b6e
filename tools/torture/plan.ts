/** What happens in a round of the torture, from its seed alone. */
import { randomFrom } from '../fixtures/randomness.ts';
import { fairWeather, type Weather } from './message-proxy.ts';

export const faults = [
  'kill-device',
  'kill-cloud',
  'kill-broker',
  'cut-links',
  'block-links',
  'fill-flash',
  'fill-cloud-disk',
] as const;
export type Fault = (typeof faults)[number];

export type Step = {
  readonly atMs: number;
  readonly act: { readonly kind: 'press' } | { readonly kind: 'fault'; readonly fault: Fault };
  /** Which of the stage's doorbells. */
  readonly doorbell: number;
  /** How long what was killed stays down, and what was blocked or filled stays so. */
  readonly downMs: number;
};
export type Round = { readonly weather: Weather; readonly steps: readonly Step[] };

const roundMs = 3_500;
/** Presses of one doorbell keep this distance, so that each is a ring of its own. */
const pressGapMs = 1_400;

/** `possible`: the faults this machine and stage can produce. */
export function planRound(seed: number, doorbells: number, possible: readonly Fault[]): Round {
  const random = randomFrom(seed, 'torture');
  const pick = (count: number): number => Math.min(count - 1, Math.floor(random.next() * count));
  const downMs = (): number => Math.round(random.between(50, 1500));
  const presses = Array.from({ length: doorbells }, (_, doorbell) => {
    const first = random.between(0, 1500);
    return Array.from({ length: 1 + pick(2) }, (_, nth) => ({
      atMs: Math.round(first + nth * (pressGapMs + random.next() * 300)),
      act: { kind: 'press' as const },
      doorbell,
      downMs: 0,
    }));
  }).flat();
  const disturbances = Array.from({ length: 1 + pick(3) }, () => ({
    atMs: Math.round(random.between(100, roundMs)),
    act: { kind: 'fault' as const, fault: possible[pick(possible.length)] ?? 'cut-links' },
    doorbell: pick(doorbells),
    downMs: downMs(),
  }));
  const isRough = random.next() < 0.7;
  const weather: Weather = isRough
    ? {
        delayMsMax: random.next() * 60,
        duplicateProbability: random.next() * 0.15,
        reorderProbability: random.next() * 0.1,
        cutProbability: random.next() * 0.01,
      }
    : fairWeather;
  const steps = [...presses, ...disturbances].sort((a, b) => a.atMs - b.atMs);
  return { weather, steps };
}

export const describeRound = ({ steps }: Round): string =>
  steps
    .map(
      ({ act, atMs }) =>
        `${act.kind === 'press' ? 'press' : act.fault}@${(atMs / 1000).toFixed(1)}`,
    )
    .join(' ');
