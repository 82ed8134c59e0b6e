/** How a life goes: what happens in it, how all becomes well again, and how its windows end. */
import { days, hours, milliseconds, minutes, seconds } from '../../device/wire/time.ts';
import { ada, bea } from '../support/cloud/hold-office.ts';
import { deck } from './acts.ts';
import { releaseGrace, windowMaxMs } from './custody-law.ts';
import { soundDisks } from './disk-trouble.ts';
import { soundFlash } from './faulty-flash.ts';
import { fairWeather } from './faulty-network.ts';
import { storageIsSound } from './laws.ts';
import { followAll, look } from './owner-sight.ts';
import { ask, enrol, sweep } from './people-acts.ts';
import type { Life } from './story.ts';

/** Lets `count` things happen; then everybody looks. */
export async function liveOn(life: Life, count: number): Promise<void> {
  const { time, chance, cloud, bells, trace } = life;
  for (let n = 0; n < count; n++) {
    const [name, act] = chance.pick(deck);
    const bell = chance.pick(bells);
    trace.push(`${time.clock.monotonic()} ${name} ${bell.thing}`);
    await act(life, bell);
    if (chance.happens(0.05)) await quietHours(life);
    else await time.advance(milliseconds(chance.between(50, 5_000)));
    await cloud.buried();
    if (cloud.running() === null && chance.happens(0.5)) {
      await begin(life, chance.happens(0.3) ? chance.between(0, 12) : undefined);
    }
    followAll(life);
    for (const each of bells) if (!each.isOn() && chance.happens(0.4)) await each.powerOn();
  }
  await look(life);
  await sweep(life);
}

/** What a cloud that has begun again finds is sound, whatever it died of. */
async function begin(life: Life, dieAt?: number): Promise<void> {
  await life.cloud.start(dieAt);
  for (const breach of await storageIsSound(life)) life.tell(`after a restart: ${breach}`);
}

/** Nobody comes, and what is under way arrives or not. */
async function quietHours({ time, chance, bells }: Life): Promise<void> {
  await time.advance(seconds(20));
  for (const bell of bells) bell.sleep();
  await time.advance(minutes(chance.between(10, 240)));
  for (const bell of bells) bell.wake();
}

/** Everything works again, and time passes until the doorbells have nothing left to say. */
export async function recover(life: Life): Promise<boolean> {
  const { time, network, cloud, bells } = life;
  network.setWeather(fairWeather);
  await cloud.buried();
  cloud.dieAt(Number.POSITIVE_INFINITY);
  cloud.failSyncs(0);
  cloud.setDisks(soundDisks);
  cloud.setClock(milliseconds(0));
  await begin(life);
  await ask(life, (now) => now.sweeper.confirmClock('operator'));
  for (const bell of bells) {
    await enrol(life, bell);
    network.setReachable(bell.thing, true);
    bell.setFlash(soundFlash);
    bell.setDrift(0);
    bell.setFlashCapacity(64 * 1024 * 1024);
    // What was to fail at some operation fails now.
    bell.cutPower();
    await bell.powerOn();
    bell.setMotion(false);
  }
  await time.advance(seconds(30));
  return time.advanceUntil(() => bells.every((bell) => bell.isDrained()), hours(4));
}

/** The windows of all that was recorded end; the cloud dies in the middle of the purge, and goes on. */
export async function windowsEnd(life: Life): Promise<void> {
  const { time, cloud, chance, bells } = life;
  for (const bell of bells) bell.sleep();
  const { trace } = life;
  await time.advance(minutes(5));
  // By now a cloud whose clock was set right has said that it doubts it. [RET-8]
  await ask(life, (now) => now.sweeper.confirmClock('operator'));
  await time.advance(milliseconds(days(1) - hours(1)));
  for (let n = 0; n < 3; n++) {
    const steps = chance.between(0, 40);
    trace.push(`${time.clock.monotonic()} cloud-dies-after ${steps}`);
    cloud.dieAt(steps);
    await time.advance(minutes(30));
    cloud.dieAt(Number.POSITIVE_INFINITY);
    await cloud.buried();
    await begin(life);
    await look(life);
    await sweep(life);
  }
  await time.advance(milliseconds(windowMaxMs - days(1) + hours(9)));
}

/** Two people let go of every hold, and the grace ends. */
export async function releaseAll(life: Life): Promise<void> {
  life.holds.clear();
  // Those too of which a cloud that died could not say any more that they are in force.
  const all = await life.cloud.storage.catalogue.read.selectFrom('holds').select('hold').execute();
  for (const { hold } of all) {
    for (const by of [`reviewer:${ada}`, `approver:${bea}`]) {
      await ask(life, async (cloud) => {
        await cloud.holds.release({ hold, because: 'released', by });
      });
    }
  }
  await life.time.advance(milliseconds(releaseGrace + minutes(5)));
}
