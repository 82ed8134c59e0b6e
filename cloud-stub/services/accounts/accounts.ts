/**
 * Owners, their tokens, and ownership intervals: a device belongs to an account for a span of time, and footage to
 * whoever owned the device when it was recorded.
 */
import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { makeUlid, type ThingName } from '../../../device/wire/ids.ts';
import { type DurationMs, type EpochMs, epochMs, later } from '../../../device/wire/time.ts';
import type { AccountId, CatalogueTables } from '../../catalogue-tables.ts';
import type { Ports, Writing } from '../../ports.ts';

export type AccountView = {
  readonly account: AccountId;
  readonly name: string;
  readonly openedAt: EpochMs;
};

export type ClaimOutcome =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly because: 'no-such-account' | 'no-such-device' | 'owned-already';
    };
export type ReleaseOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly because: 'not-owned' };

export type Accounts = {
  /** Opens an account and issues its first token, which is told this once. */
  open(name: string): Promise<{ readonly account: AccountId; readonly token: string }>;
  list(): Promise<readonly AccountView[]>;
  /** One more bearer token, told this once; null when there is no such account. */
  issueToken(account: AccountId, lifetime?: DurationMs): Promise<string | null>;
  /** Whose bearer token this is; null when unknown, expired or of a closed account. */
  authenticate(token: string): Promise<AccountId | null>;
  /** From now on the device is the account's; a device must be enrolled and nobody's. */
  claim(account: AccountId, thing: ThingName): Promise<ClaimOutcome>;
  /** From now on the device is nobody's; what it recorded stays whose it was. */
  release(account: AccountId, thing: ThingName): Promise<ReleaseOutcome>;
};

/** As the ledger takes it; in it stands the account's pseudonym. [LOG-2] */
export const accountActor = (account: AccountId): string => `account:${account}`;

/** Who owned the device at that time; null: nobody. `fromAt` inclusive, `untilAt` exclusive. */
export async function ownerAt(
  db: Kysely<CatalogueTables>,
  thing: ThingName,
  at: EpochMs,
): Promise<AccountId | null> {
  const { rows } = await sql<{ readonly account: AccountId }>`
    select account from ownerships where thing = ${thing} and "fromAt" <= ${at}
    and ("untilAt" is null or "untilAt" > ${at})`.execute(db);
  return rows[0]?.account ?? null;
}

/** False for nobody's. */
export async function isClosed(
  db: Kysely<CatalogueTables>,
  account: AccountId | null,
): Promise<boolean> {
  if (account === null) return false;
  const { rows } = await sql`
    select 1 from accounts where account = ${account} and "closedAt" is not null`.execute(db);
  return rows.length > 0;
}

// Tokens carry 256 random bits, so a plain hash is enough: there is nothing to guess. Only the hash is kept.
const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex');
const tokenPattern = /^[A-Za-z0-9_-]{43}$/;

export function makeAccounts(
  ports: Pick<Ports, 'catalogue' | 'clock' | 'entropy' | 'ledger'>,
): Accounts {
  const { catalogue, clock, entropy, ledger } = ports;
  const newId = (at: EpochMs) => makeUlid(at, (count) => entropy.bytes(count));

  async function addToken(
    tx: Writing,
    account: AccountId,
    issuedAt: EpochMs,
    lifetime?: DurationMs,
  ) {
    const token = Buffer.from(entropy.bytes(32)).toString('base64url');
    const expiresAt = lifetime === undefined ? null : later(issuedAt, lifetime);
    await tx
      .insertInto('tokens')
      .values({ tokenHash: tokenHash(token), account, issuedAt, expiresAt })
      .execute();
    return token;
  }

  const openAccount = (db: Kysely<CatalogueTables>, account: AccountId) =>
    db
      .selectFrom('accounts')
      .select('account')
      .where('account', '=', account)
      .where('closedAt', 'is', null)
      .executeTakeFirst();

  return {
    open: (name) =>
      catalogue.write(async (tx) => {
        const at = clock.now();
        const account = newId(at);
        await tx
          .insertInto('accounts')
          .values({ account, name, openedAt: at, closedAt: null })
          .execute();
        const token = await addToken(tx, account, at);
        await ledger.append(tx, {
          kind: 'account-opened',
          at,
          actor: 'operator',
          facts: { account: accountActor(account) },
        });
        return { account, token };
      }),

    list: () =>
      catalogue.read
        .selectFrom('accounts')
        .select(['account', 'name', 'openedAt'])
        .where('closedAt', 'is', null)
        .orderBy('account')
        .execute(),

    issueToken: (account, lifetime) =>
      catalogue.write(async (tx) => {
        if ((await openAccount(tx, account)) === undefined) return null;
        return addToken(tx, account, clock.now(), lifetime);
      }),

    async authenticate(token) {
      if (!tokenPattern.test(token)) return null;
      const row = await catalogue.read
        .selectFrom('tokens')
        .innerJoin('accounts', 'accounts.account', 'tokens.account')
        .select(['tokens.account', 'tokens.expiresAt', 'accounts.closedAt'])
        .where('tokens.tokenHash', '=', tokenHash(token))
        .executeTakeFirst();
      if (row === undefined || row.closedAt !== null) return null;
      return row.expiresAt === null || clock.now() < row.expiresAt ? row.account : null;
    },

    claim: (account, thing) =>
      catalogue.write(async (tx): Promise<ClaimOutcome> => {
        const at = clock.now();
        if ((await openAccount(tx, account)) === undefined) {
          return { ok: false, because: 'no-such-account' };
        }
        const device = await tx
          .selectFrom('devices')
          .select('thing')
          .where('thing', '=', thing)
          .where('revokedAt', 'is', null)
          .executeTakeFirst();
        if (device === undefined) return { ok: false, because: 'no-such-device' };
        const last = await tx
          .selectFrom('ownerships')
          .select('untilAt')
          .where('thing', '=', thing)
          .orderBy('fromAt', 'desc')
          .limit(1)
          .executeTakeFirst();
        if (last?.untilAt === null) return { ok: false, because: 'owned-already' };
        // A release in the same millisecond may end a millisecond from now: intervals touch, they never overlap.
        const fromAt = epochMs(Math.max(at, last?.untilAt ?? 0));
        const ownership = newId(at);
        await tx
          .insertInto('ownerships')
          .values({ ownership, thing, account, fromAt, untilAt: null })
          .execute();
        await ledger.append(tx, {
          kind: 'device-claimed',
          at,
          actor: accountActor(account),
          thing,
          facts: {},
        });
        return { ok: true };
      }),

    release: (account, thing) =>
      catalogue.write(async (tx): Promise<ReleaseOutcome> => {
        const at = clock.now();
        const held = await tx
          .selectFrom('ownerships')
          .select(['ownership', 'fromAt'])
          .where('thing', '=', thing)
          .where('account', '=', account)
          .where('untilAt', 'is', null)
          .executeTakeFirst();
        if (held === undefined) return { ok: false, because: 'not-owned' };
        await tx
          .updateTable('ownerships')
          .set({ untilAt: epochMs(Math.max(at, held.fromAt + 1)) })
          .where('ownership', '=', held.ownership)
          .execute();
        await ledger.append(tx, {
          kind: 'device-released',
          at,
          actor: accountActor(account),
          thing,
          facts: {},
        });
        return { ok: true };
      }),
  };
}
