/** Runs one scenario from its first step to its last, and says what came out. */
import type { Policy } from '../../cloud-stub/custody/policy.ts';
import { eu } from '../../cloud-stub/custody/profiles/eu.ts';
import { privacyFirst } from '../../cloud-stub/custody/profiles/privacy-first.ts';
import { ring2019 } from '../../cloud-stub/custody/profiles/ring-2019.ts';
import { type DurationMs, minutes } from '../../device/wire/time.ts';
import { CloudDown } from '../simulation/simulated-cloud.ts';
import { DoorbellOff } from '../simulation/simulated-doorbell.ts';
import type { Place, PlannedStep, ScenarioFile } from './scenario-file.ts';
import type { ProfileName } from './scenario-schema.ts';
import { type Mismatch, ScenarioMistake } from './step.ts';
import { openWorld, type World, type WorldOptions } from './world.ts';

export type Finding = Place & {
  readonly step: string;
  readonly expected: string;
  readonly found: string;
};

export type Verdict = {
  readonly file: string;
  readonly scenario: string;
  readonly rules: readonly string[];
  readonly profile: ProfileName;
  readonly seed: string;
  /**
   * `mistake`: the scenario itself makes no sense; the last finding says why. `skipped`: it is made for another
   * profile than the one asked for.
   */
  readonly outcome: 'passed' | 'failed' | 'mistake' | 'skipped';
  readonly findings: readonly Finding[];
  readonly steps: number;
  /** Hash of the ledger as it stands at the end, hex: the same for the same file, profile and seed. */
  readonly ledgerRoot: string | null;
  readonly virtualMs: number;
};

export type RunOptions = {
  readonly profile?: ProfileName;
  readonly seed?: string;
  /** Another world than one in this process. */
  readonly open?: (wanted: WorldOptions) => Promise<World>;
};

export const profiles: Readonly<Record<ProfileName, Policy>> = {
  'ring-2019': ring2019,
  'privacy-first': privacyFirst,
  eu,
};

/** A minute in the profiles; this often is enough for days, and far cheaper. */
const sweepPeriodMs = minutes(10);

export async function runScenario(
  scenario: ScenarioFile,
  { profile: asked, seed = '1', open = openWorld }: RunOptions = {},
): Promise<Verdict> {
  const profile = asked ?? scenario.profile ?? 'ring-2019';
  const facts = {
    file: scenario.file,
    scenario: scenario.scenario,
    rules: scenario.rules,
    profile,
    seed,
    steps: scenario.steps.length,
  };
  if (scenario.profile !== undefined && scenario.profile !== profile) {
    return { ...facts, outcome: 'skipped', findings: [], ledgerRoot: null, virtualMs: 0 };
  }
  const policy = policyOf(profile, scenario.sweep ?? sweepPeriodMs);
  const startAt = scenario.start === undefined ? {} : { startAt: scenario.start };
  let world: World;
  try {
    world = await open({ policy, seed, ...startAt });
  } catch (error) {
    if (!(error instanceof ScenarioMistake)) throw error;
    const findings = [mistakeAt('start', 'a time that is still to come', error.message)];
    return { ...facts, outcome: 'mistake', findings, ledgerRoot: null, virtualMs: 0 };
  }
  try {
    const findings = await play(world, scenario);
    const isMistake = findings.at(-1)?.mistake === true;
    const outcome = isMistake ? 'mistake' : findings.length === 0 ? 'passed' : 'failed';
    return {
      ...facts,
      outcome,
      findings: findings.map(({ mistake: _, ...finding }) => finding),
      ledgerRoot: await ledgerRoot(world),
      virtualMs: world.time.clock.now() - world.startAt,
    };
  } finally {
    await world.close();
  }
}

const policyOf = (profile: ProfileName, everyMs: DurationMs): Policy => ({
  ...profiles[profile],
  sweepPeriodMs: everyMs,
});

/** In the head of the file. */
const mistakeAt = (step: string, expected: string, found: string): Finding => ({
  ...{ line: 1, column: 1, step, expected, found },
});

type Found = Finding & { readonly mistake?: true };

async function play(world: World, scenario: ScenarioFile): Promise<readonly Found[]> {
  const misplaced = await furnish(world, scenario);
  if (misplaced !== null) return [misplaced];
  const findings: Found[] = [];
  for (const planned of scenario.steps) {
    const found = await take(world, planned);
    findings.push(...found);
    // What was to be done was not: nothing after it means what it says.
    const goesOn = planned.step.name === 'expect' || found.length === 0;
    if (!goesOn || found.some(({ mistake }) => mistake)) break;
  }
  return findings;
}

/** Accounts and doorbells, before the first step; what makes no sense of them, or null. */
async function furnish(world: World, scenario: ScenarioFile): Promise<Found | null> {
  for (const name of scenario.accounts) await world.openAccount(name);
  for (const [name, wanted] of Object.entries(scenario.doorbells)) {
    const { owner, encrypted, 'pre-roll': preRollMs, 'post-roll': postRollMs } = wanted;
    if (owner !== undefined && !scenario.accounts.includes(owner)) {
      const found = `doorbells: ${name}: owner: ${owner}`;
      const expected = `an account of ${scenario.accounts.join(', ')}`;
      return { ...mistakeAt('doorbells', expected, found), mistake: true };
    }
    await world.installDoorbell(name, {
      ...(owner === undefined ? {} : { owner }),
      encrypted,
      settings: {
        clip: {
          ...(preRollMs === undefined ? {} : { preRollMs }),
          ...(postRollMs === undefined ? {} : { postRollMs }),
        },
      },
    });
  }
  return null;
}

async function take(
  world: World,
  { step, body, place, placeOf }: PlannedStep,
): Promise<readonly Found[]> {
  const locate = ({ at, expected, found }: Mismatch): Found => ({
    ...(at.length === 0 ? place : placeOf(at)),
    step: step.name,
    expected,
    found,
  });
  try {
    return (await step.run(world, body)).map(locate);
  } catch (error) {
    const isMistake =
      error instanceof ScenarioMistake ||
      error instanceof DoorbellOff ||
      error instanceof CloudDown;
    if (!isMistake) throw error;
    const expected = 'something that can be done here';
    return [{ ...place, step: step.name, expected, found: error.message, mistake: true }];
  }
}

async function ledgerRoot({ server }: World): Promise<string | null> {
  const { catalogue, ledger } = server.ports;
  const size = await ledger.size(catalogue.read);
  return size === 0 ? null : Buffer.from(await ledger.root(catalogue.read, size)).toString('hex');
}
