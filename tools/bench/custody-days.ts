/** Sixty virtual days of a hundred doorbells: what the cloud does with them, and how long that takes. */
import { pino } from 'pino';
import { openSignatureThreads } from '../../cloud-stub/backends/signature-threads.ts';
import { openVirtualClock } from '../../cloud-stub/backends/virtual-clock.ts';
import { countedPorts } from '../../cloud-stub/backends/work-in-flight.ts';
import { openCloud } from '../../cloud-stub/cloud.ts';
import { ring2019 } from '../../cloud-stub/custody/profiles/ring-2019.ts';
import { days, epochMs, milliseconds } from '../../device/wire/time.ts';
import { memoryPorts } from '../simulation/memory-ports.ts';
import type { BenchOptions } from './bench.ts';
import { entropy } from './bench-entropy.ts';
import { openDirectBus } from './custody-doorbells.ts';
import { openStreet } from './custody-street.ts';
import { type BenchResult, judged } from './figures.ts';

const clipsPerDay = 20;

export const sixtyDays = ({ quick, progress }: BenchOptions): Promise<readonly BenchResult[]> =>
  quick ? measureDays(3, 10, progress) : measureDays(60, 100, progress);

async function measureDays(
  daysMax: number,
  doorbells: number,
  progress: BenchOptions['progress'],
): Promise<readonly BenchResult[]> {
  const start = epochMs(Date.UTC(2026, 0, 1));
  const clock = openVirtualClock(start);
  const bus = openDirectBus();
  const ports = countedPorts(
    { ...memoryPorts(clock, () => entropy), bus, signatures: openSignatureThreads() },
    clock.work,
  );
  const slotMs = milliseconds(days(1) / clipsPerDay);
  const street = await openStreet({ doorbells, start, slotMs, slots: daysMax * clipsPerDay });
  try {
    const cloud = await openCloud(ports, ring2019, pino({ level: 'silent' }));
    const { account } = await cloud.accounts.open('bench');
    for (const { thing, certificate } of street.doorbells) {
      await cloud.registry.enrol(thing, certificate);
      await cloud.accounts.claim(account, thing);
    }
    const startedAt = performance.now();
    const cpuBefore = process.cpuUsage();
    for (let day = 0; day < daysMax; day++) {
      for (let n = 0; n < clipsPerDay; n++) {
        await clock.advance(slotMs);
        for (const message of await street.next()) bus.deliver(message);
      }
      progress(day + 1, daysMax);
    }
    await clock.settle();
    const tookMs = performance.now() - startedAt;
    const cpu = process.cpuUsage(cpuBefore);
    const { count } = await ports.catalogue.read
      .selectFrom('clips')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('possession', '=', 'stored')
      .executeTakeFirstOrThrow();
    await cloud.stop();
    return [
      judged({
        name: 'custody.days',
        figure: {
          what: `${daysMax} virtual days of ${doorbells} doorbells`,
          value: tookMs / 1000,
          unit: 's',
        },
        beside: [
          { what: 'clips stored at the end', value: Number(count), unit: 'count' },
          { what: 'processor time of it', value: (cpu.user + cpu.system) / 1e6, unit: 's' },
        ],
        bar: { on: 'value', must: 'be below', limit: 60 },
      }),
    ];
  } finally {
    await street.stop();
    await ports.catalogue.close();
  }
}
