/**
 * Named people and programs other than owners: who they are, what they may be, and the tokens they
 * show. Tokens are random and kept as hashes only, as owners' are. [SEC-1]
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { makeUlid, type Ulid } from '../../../device/wire/ids.ts';
import { type DurationMs, type EpochMs, hours, later } from '../../../device/wire/time.ts';
import type { AccountId } from '../../catalogue-tables.ts';
import type { AgencyRow, PrincipalRow } from '../../catalogue-tables-desk.ts';
import type { Actor } from '../../legal/matter-acts.ts';
import { type Role, roles } from '../../legal/roles.ts';
import type { Clock, Ports, Writing } from '../../ports.ts';
import { deskLimits } from './legal-desk-limits.ts';
import { agencyFault, personFault } from './principal-checks.ts';

export type { Role } from '../../legal/roles.ts';
export { roles } from '../../legal/roles.ts';

export type Principal = Actor & {
  readonly principal: Ulid;
  readonly name: string;
  readonly agency: Ulid | null;
  readonly account: AccountId | null;
  readonly secondFactor: boolean;
};

export type NewPrincipal = {
  readonly name: string;
  readonly roles: readonly Role[];
  /** Of an agency's people. */
  readonly agency?: Ulid;
  /** Of a shared user: whose footage it may see. */
  readonly account?: AccountId;
  readonly secondFactor?: boolean;
};

export type Refused = { readonly ok: false; readonly because: string };
export type Added =
  | { readonly ok: true; readonly principal: Principal; readonly token: string }
  | Refused;

export type Principals = {
  /** Registers an agency; its demands fail V01 until somebody of the desk has verified it. */
  addAgency(agency: {
    readonly name: string;
    readonly domains: readonly string[];
    readonly caseNumbers: string;
  }): Promise<{ readonly ok: true; readonly agency: Ulid } | Refused>;
  /** Out of band, by a clerk. */
  verifyAgency(by: Principal, agency: Ulid): Promise<boolean>;
  agencies(): Promise<readonly AgencyRow[]>;
  /** Adds a principal and issues its first token, which is told this once. */
  add(person: NewPrincipal): Promise<Added>;
  issueToken(principal: Ulid, lifetime?: DurationMs): Promise<string | null>;
  /** From now on none of its tokens is good. */
  revoke(principal: Ulid): Promise<boolean>;
  list(): Promise<readonly Principal[]>;
  find(principal: Ulid): Promise<Principal | null>;
  authenticate(token: string): Promise<Principal | null>;
  /** Puts on record that somebody known was refused: one entry for each route and hour. [LEG-5] */
  recordRefusal(actor: string, route: string): Promise<void>;
  /** Each attempt at an act of the desk is an entry, as where the desk itself refuses it. [LEG-5] */
  recordRefusedAct(
    actor: string,
    what: { readonly act: string; readonly demand: Ulid | null },
  ): Promise<void>;
};

const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex');
// Told from an owner's token by its first letters, so that neither table is asked for the other's.
const tokenPattern = /^dbp_[A-Za-z0-9_-]{43}$/;
const rolesSchema = z.array(z.enum(roles));

/**
 * `tokenClock`: how long tokens are good is a matter between people and the cloud, and runs in their time. In a
 * virtual one, moving it by a month would lock everybody out.
 */
export function makePrincipals(
  ports: Pick<Ports, 'catalogue' | 'clock' | 'entropy' | 'ledger'>,
  tokenClock: Clock = ports.clock,
): Principals {
  const { catalogue, clock, entropy, ledger } = ports;
  let refusals = { hour: -1, recorded: new Set<string>() };
  const newId = (at: EpochMs): Ulid => makeUlid(at, (count) => entropy.bytes(count));

  async function addToken(tx: Writing, principal: Ulid, lifetime: DurationMs): Promise<string> {
    const token = `dbp_${Buffer.from(entropy.bytes(32)).toString('base64url')}`;
    const issuedAt = tokenClock.now();
    const expiresAt = later(issuedAt, lifetime);
    await tx
      .insertInto('principalTokens')
      .values({ tokenHash: tokenHash(token), principal, issuedAt, expiresAt })
      .execute();
    return token;
  }

  return {
    async addAgency({ name, domains, caseNumbers }) {
      const fault = agencyFault(name, domains, caseNumbers);
      if (fault !== null) return { ok: false, because: fault };
      return catalogue.write(async (tx) => {
        const taken = await tx
          .selectFrom('agencies')
          .select('agency')
          .where('name', '=', name)
          .executeTakeFirst();
        if (taken !== undefined) return { ok: false, because: `there is a ${name} already` };
        const agency = newId(clock.now());
        const row = { agency, name, domains: JSON.stringify(domains), caseNumbers };
        await tx
          .insertInto('agencies')
          .values({ ...row, verifiedAt: null, verifiedBy: null })
          .execute();
        return { ok: true, agency };
      });
    },

    verifyAgency: (by, agency) =>
      catalogue.write(async (tx) => {
        if (!by.roles.includes('intake-clerk')) return false;
        const verifiedAt = clock.now();
        const { numUpdatedRows } = await tx
          .updateTable('agencies')
          .set({ verifiedAt, verifiedBy: by.principal })
          .where('agency', '=', agency)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return false;
        await ledger.append(tx, {
          ...{ kind: 'agency-verified', at: verifiedAt, actor: `intake-clerk:${by.principal}` },
          facts: { agency: `agency:${agency}` },
        });
        return true;
      }),

    agencies: () => catalogue.read.selectFrom('agencies').selectAll().orderBy('name').execute(),

    add: (person) =>
      catalogue.write(async (tx): Promise<Added> => {
        const fault = await personFault(tx, person);
        if (fault !== null) return { ok: false, because: fault };
        const addedAt = clock.now();
        const row: PrincipalRow = {
          principal: newId(addedAt),
          name: person.name,
          roles: JSON.stringify(person.roles),
          agency: person.agency ?? null,
          account: person.account ?? null,
          secondFactor: person.secondFactor === false ? 0 : 1,
          addedAt,
          revokedAt: null,
        };
        await tx.insertInto('principals').values(row).execute();
        const { principal } = row;
        const facts = { principal: `principal:${principal}`, roles: person.roles };
        await ledger.append(tx, { kind: 'principal-added', at: addedAt, actor: 'operator', facts });
        const token = await addToken(tx, principal, deskLimits.tokenMs);
        return { ok: true, principal: principalOf(row), token };
      }),

    issueToken: (principal, lifetime = deskLimits.tokenMs) =>
      catalogue.write(async (tx) => {
        const row = await tx
          .selectFrom('principals')
          .select('principal')
          .where('principal', '=', principal)
          .where('revokedAt', 'is', null)
          .executeTakeFirst();
        return row === undefined ? null : addToken(tx, principal, lifetime);
      }),

    revoke: (principal) =>
      catalogue.write(async (tx) => {
        const at = clock.now();
        const { numUpdatedRows } = await tx
          .updateTable('principals')
          .set(({ fn, val }) => ({ revokedAt: fn<EpochMs>('max', [val(at), 'addedAt']) }))
          .where('principal', '=', principal)
          .where('revokedAt', 'is', null)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return false;
        const facts = { principal: `principal:${principal}` };
        await ledger.append(tx, { kind: 'principal-revoked', at, actor: 'operator', facts });
        return true;
      }),

    list: async () =>
      (
        await catalogue.read
          .selectFrom('principals')
          .selectAll()
          .where('revokedAt', 'is', null)
          .orderBy('principal')
          .execute()
      ).map(principalOf),

    async find(principal) {
      const row = await catalogue.read
        .selectFrom('principals')
        .selectAll()
        .where('principal', '=', principal)
        .executeTakeFirst();
      return row === undefined ? null : principalOf(row);
    },

    async recordRefusal(actor, route) {
      const at = clock.now();
      const hour = Math.floor(at / hours(1));
      if (hour !== refusals.hour || refusals.recorded.size >= deskLimits.refusalsRememberedMax) {
        refusals = { hour, recorded: new Set() };
      }
      const name = `${actor} ${route}`;
      if (refusals.recorded.has(name)) return;
      refusals.recorded.add(name);
      await catalogue.write((tx) =>
        ledger.append(tx, { kind: 'access-refused', at, actor, facts: { route } }),
      );
    },

    async recordRefusedAct(actor, { act, demand }) {
      const facts = { demand, act, because: 'role' };
      await catalogue.write((tx) =>
        ledger.append(tx, { kind: 'demand-refused', at: clock.now(), actor, facts }),
      );
    },

    async authenticate(token) {
      if (!tokenPattern.test(token)) return null;
      const row = await catalogue.read
        .selectFrom('principalTokens')
        .innerJoin('principals', 'principals.principal', 'principalTokens.principal')
        .selectAll('principals')
        .select('principalTokens.expiresAt')
        .where('principalTokens.tokenHash', '=', tokenHash(token))
        .executeTakeFirst();
      if (row === undefined || row.revokedAt !== null) return null;
      const isGood = row.expiresAt === null || tokenClock.now() < row.expiresAt;
      return isGood ? principalOf(row) : null;
    },
  };
}

const principalOf = (row: PrincipalRow): Principal => ({
  principal: row.principal,
  name: row.name,
  roles: rolesSchema.parse(JSON.parse(row.roles)),
  agency: row.agency,
  account: row.account,
  secondFactor: row.secondFactor === 1,
});
