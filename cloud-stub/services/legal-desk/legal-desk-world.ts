/** What the legal desk needs: the ports, the rules in force, and the other services of the office. */
import type { Logger } from 'pino';
import { makeUlid, type Ulid } from '../../../device/wire/ids.ts';
import { type EpochMs, epochMs, isoTime } from '../../../device/wire/time.ts';
import type { Demand } from '../../legal/demand.ts';
import type { LegalPolicy } from '../../legal/legal-policy.ts';
import { type ProcessRule, ruleInForce } from '../../legal/process-rules.ts';
import type { Role } from '../../legal/roles.ts';
import { overlaid, type RuleOverlay } from '../../legal/rule-overlays.ts';
import type { LedgerEntry, LedgerKind, Notifier, Ports, Writing } from '../../ports.ts';
import type { Exports } from '../exports/exports.ts';
import type { HoldRegistry } from '../holds/holds.ts';
import type { DeskRefusal } from './legal-desk.ts';
import type { Principal } from './principals.ts';

export type DeskWorld = {
  readonly ports: Pick<Ports, 'catalogue' | 'clock' | 'entropy' | 'ledger'>;
  readonly legal: LegalPolicy;
  readonly rules: readonly ProcessRule[];
  readonly overlays: readonly RuleOverlay[];
  readonly provider: Provider;
  readonly holds: HoldRegistry;
  /** Null: nothing here seals bags. */
  readonly exports: Exports | null;
  /** Null: owners find their notices through their API alone. */
  readonly notifier: Notifier | null;
  readonly log: Logger;
};

/** Who answers, and where it can be served from without a question. */
export type Provider = { readonly entity: string; readonly jurisdictions: readonly string[] };
export const sampleProvider: Provider = { entity: 'Doorbell Cloud LLC', jurisdictions: ['US'] };
/** Served within the Union as well where its profile is in force. */
export const sampleProviderUnder = (profile: string): Provider =>
  profile === 'eu' ? { ...sampleProvider, jurisdictions: ['US', 'EU'] } : sampleProvider;

export const deskActor = 'desk';

/** As the ledger takes it: two roles of one person are one person there. [LOG-2] [LEG-5] */
export const actorOf = (role: Role | 'agency' | 'account', id: Ulid): string => `${role}:${id}`;

export const newId = ({ ports }: DeskWorld, at: EpochMs): Ulid =>
  makeUlid(at, (count) => ports.entropy.bytes(count));

export function tell(
  { ports }: DeskWorld,
  tx: Writing,
  kind: LedgerKind,
  actor: string,
  facts: LedgerEntry['facts'],
): Promise<unknown> {
  return ports.ledger.append(tx, { kind, at: ports.clock.now(), actor, facts });
}

/** The row for a demand that comes now. Throws DeskRefused where the process is not, or no more, in force. */
export function ruleAtReceipt({ rules, overlays }: DeskWorld, demand: Demand): ProcessRule {
  const { process, receivedAt: at } = demand;
  const rule = ruleInForce(rules, process, at);
  if (rule !== null) return overlaid(rule, overlays, demand);
  const rows = rules.filter((row) => row.process === process);
  const nextFrom = Math.min(...rows.map((row) => row.effectiveFrom).filter((from) => from > at));
  const when = Number.isFinite(nextFrom)
    ? `is in force from ${isoTime(epochMs(nextFrom))} only`
    : `is in force no more at ${isoTime(at)}`;
  throw malformed('process', `${process} ${when}: nothing can be demanded by it now`);
}

/** The row in force when the demand came: none is on record without. */
export function ruleOf({ rules, overlays }: DeskWorld, demand: Demand): ProcessRule {
  const rule = ruleInForce(rules, demand.process, demand.receivedAt);
  if (rule === null) throw new Error(`no rule of ${demand.process} was in force then`);
  return overlaid(rule, overlays, demand);
}

export type Refused = {
  readonly ok: false;
  readonly because: DeskRefusal;
  readonly detail: string;
  readonly invalid?: readonly { readonly where: string; readonly because: string }[];
};

/** Ends a transaction without its effects; the refusal is then put on record by itself. */
export class DeskRefused extends Error {
  override readonly name = 'DeskRefused';
  readonly refusal: Refused;
  constructor(
    because: DeskRefusal,
    detail: string,
    invalid?: readonly { readonly where: string; readonly because: string }[],
  ) {
    super(detail);
    this.refusal = { ok: false, because, detail, ...(invalid === undefined ? {} : { invalid }) };
  }
}

export const malformed = (where: string, because: string): DeskRefused =>
  new DeskRefused('malformed', `${where}: ${because}`, [{ where, because }]);

/** Who asks, as what; for the record of a refusal. */
export type Asking = {
  readonly by: Principal;
  readonly act: string;
  readonly demand: Ulid | null;
};

/**
 * Runs `work` in one transaction. What it refuses leaves nothing behind but the refusal's own entry:
 * each attempt is on record. [LEG-5] [LOG-1]
 */
export async function attempt<Result>(
  world: DeskWorld,
  asking: Asking,
  work: (tx: Writing) => Promise<Result>,
): Promise<{ readonly ok: true; readonly value: Result } | Refused> {
  try {
    // A hold among it may reach a million clips.
    return { ok: true, value: await world.ports.catalogue.write(work, { alone: true }) };
  } catch (error) {
    if (!(error instanceof DeskRefused)) throw error;
    await recordRefusal(world, asking, error.refusal);
    return error.refusal;
  }
}

export async function recordRefusal(
  world: DeskWorld,
  { by, act, demand }: Asking,
  { because }: Refused,
): Promise<void> {
  const [role = 'ops'] = by.roles;
  await world.ports.catalogue.write((tx) =>
    tell(world, tx, 'demand-refused', actorOf(role, by.principal), { demand, act, because }),
  );
}
