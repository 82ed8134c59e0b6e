/**
 * Watches this process for whoever reads a clock, sets a timer or draws randomness around the seams: device/board.ts
 * and cloud-stub/ports.ts. What implements the seams may, and so may whoever runs the simulation.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import perfHooks from 'node:perf_hooks';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';

export type SeamGuard = {
  /** Each way around a seam, once: what was called, and from where. */
  leaks(): readonly string[];
  lift(): void;
};

/** Of this repository, but neither what stands behind a seam nor what runs in a browser. */
const inside =
  /\/((?:device|cloud-stub)\/(?!peripherals\/|backends\/|console\/|main\.ts|host-)[\w./-]+\.ts)/;
/** Whoever stands behind a seam, or runs all this. */
const outside =
  /\/(?:device\/peripherals|cloud-stub\/(?:backends|console|main|host-)|tools|tests)[\w./-]*\.ts/;

type Patched = { readonly of: object; readonly name: string; readonly was: PropertyDescriptor };

export function guardSeams(): SeamGuard {
  const found = new Set<string>();
  const patched: Patched[] = [];

  /** The nearest frame that is of this repository says whose call it is, whatever library came between. */
  function note(what: string): void {
    const frames = stackHere().split('\n').slice(1);
    const own = frames.find(
      (frame) =>
        !frame.includes('/seam-guard.ts') &&
        !frame.includes('/node_modules/') &&
        (inside.test(frame) || outside.test(frame)),
    );
    const where = own === undefined || outside.test(own) ? null : inside.exec(own)?.[1];
    if (where !== null && where !== undefined) found.add(`${what} in ${where}`);
  }

  function watch(of: object, name: string, label: string): void {
    const was = Object.getOwnPropertyDescriptor(of, name);
    const target: unknown = was?.value;
    if (was === undefined || typeof target !== 'function') return;
    const watched = new Proxy(target, {
      apply(act, self, parameters) {
        note(label);
        return Reflect.apply(act as () => unknown, self, parameters);
      },
      construct(made, parameters, as) {
        // A date of a time that was given is arithmetic.
        if (parameters.length === 0) note(`new ${label}`);
        return Reflect.construct(made as new () => object, parameters, as);
      },
    });
    Object.defineProperty(of, name, { ...was, value: watched });
    patched.push({ of, name, was });
  }

  for (const name of ['Date', 'setTimeout', 'setInterval', 'setImmediate']) {
    watch(globalThis, name, name);
  }
  watch(Date, 'now', 'Date.now');
  watch(Math, 'random', 'Math.random');
  watch(Object.getPrototypeOf(perfHooks.performance), 'now', 'performance.now');
  for (const name of ['hrtime', 'uptime', 'cpuUsage']) watch(process, name, `process.${name}`);
  for (const [module, label] of [
    [timers, 'timers'],
    [timersPromises, 'timers/promises'],
  ] as const) {
    for (const name of ['setTimeout', 'setInterval', 'setImmediate']) {
      watch(module, name, `${label}.${name}`);
    }
  }
  for (const name of randomSources) watch(crypto, name, `crypto.${name}`);
  watch(Crypto.prototype, 'getRandomValues', 'getRandomValues');
  watch(Crypto.prototype, 'randomUUID', 'randomUUID');
  for (const name of ['sign', 'verify', 'digest', 'encrypt', 'decrypt', 'deriveBits']) {
    watch(SubtleCrypto.prototype, name, `subtle.${name}`);
  }
  syncBuiltinESMExports();

  return {
    leaks: () => [...found].sort(),
    lift() {
      for (const { of, name, was } of patched.splice(0).reverse()) {
        Object.defineProperty(of, name, was);
      }
      syncBuiltinESMExports();
    },
  };
}

const randomSources = [
  'randomBytes',
  'randomFill',
  'randomFillSync',
  'randomInt',
  'randomUUID',
  'generateKey',
  'generateKeySync',
  'generateKeyPair',
  'generateKeyPairSync',
  'generatePrime',
  'generatePrimeSync',
] as const;

function stackHere(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 30;
  const { stack = '' } = new Error('here');
  Error.stackTraceLimit = limit;
  return stack;
}
