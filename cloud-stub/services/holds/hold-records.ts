/** Holds as rows of the catalogue, and the epoch that counts all that ever changed what is kept. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../../device/wire/codec.ts';
import { thingNameSchema, ulidSchema } from '../../../device/wire/ids.ts';
import { type EpochMs, epochMs } from '../../../device/wire/time.ts';
import type { HoldRow } from '../../catalogue-tables-holds.ts';
import type { ClipName, Hold } from '../../custody/holds.ts';
import type { Scope } from '../../custody/holds-scope.ts';
import type { Catalogue, Writing } from '../../ports.ts';

/** What keeps footage cannot be read: nothing may be destroyed. [RET-8] */
export class HoldRegistryError extends Error {
  override readonly name = 'HoldRegistryError';
}

const instant = z.int().transform(epochMs).nullable();
const scopeSchema = z.strictObject({
  subjects: z.array(
    z.discriminatedUnion('by', [
      z.strictObject({ by: z.literal('account'), account: ulidSchema }),
      z.strictObject({ by: z.literal('device'), thing: thingNameSchema }),
      z.strictObject({
        by: z.literal('device-of-account'),
        thing: thingNameSchema,
        account: ulidSchema,
      }),
    ]),
  ),
  from: instant,
  to: instant,
});
const renewalsSchema = z.array(z.string());

/** Throws HoldRegistryError when the row is not a hold's. */
export function holdOf(row: HoldRow): Hold {
  const { hold, kind, basis, placedAt, expiresAt, endedAt, endedBecause } = row;
  try {
    const scope: Scope = scopeSchema.parse(JSON.parse(row.scope));
    const renewals = renewalsSchema.parse(JSON.parse(row.renewals));
    const ended =
      endedAt === null || endedBecause === null ? null : { at: endedAt, because: endedBecause };
    return { hold, kind, basis, scope, placedAt, expiresAt, renewals, ended };
  } catch (error) {
    throw new HoldRegistryError(`hold ${hold} cannot be read`, { cause: error });
  }
}

export async function loadHold(
  db: Catalogue['read'] | Writing,
  hold: Hold['hold'],
): Promise<{ readonly row: HoldRow; readonly hold: Hold } | null> {
  const row = await db.selectFrom('holds').selectAll().where('hold', '=', hold).executeTakeFirst();
  return row === undefined ? null : { row, hold: holdOf(row) };
}

/** Everything that changes what is kept takes the next number, in its own transaction. [RET-6] */
export async function nextEpoch(tx: Writing): Promise<number> {
  const { epoch } = await tx
    .updateTable('holdEpoch')
    .set((eb) => ({ epoch: eb('epoch', '+', 1) }))
    .returning('epoch')
    .executeTakeFirstOrThrow();
  return epoch;
}

export async function epochNow(db: Catalogue['read'] | Writing): Promise<number> {
  const { epoch } = await db.selectFrom('holdEpoch').select('epoch').executeTakeFirstOrThrow();
  return epoch;
}

/** A list of clips in the ledger: how many, and the hash of their names by device and clip, a line each. */
export type Listed = { readonly count: number; readonly sha256: string };

/** Takes the names in that order; `end` comes last. */
export function clipList(): { add(clip: ClipName): void; end(): Listed } {
  const hash = createHash('sha256');
  let count = 0;
  return {
    add({ thing, clip }) {
      hash.update(count === 0 ? `${thing}/${clip}` : `\n${thing}/${clip}`);
      count += 1;
    },
    end: () => ({ count, sha256: hash.digest('hex') }),
  };
}

const scopeHash = (scope: Scope): string => sha256Hex(canonicalJson(scope));

const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

/** How whom a scope names stands in the ledger: as numbers, never as names. [LOG-2] */
export function scopeFacts(scope: Scope): {
  readonly scopeSha256: string;
  readonly accountsNamed: number;
  readonly devicesNamed: number;
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
} {
  const accounts = new Set(scope.subjects.flatMap((s) => (s.by === 'device' ? [] : [s.account])));
  const devices = new Set(scope.subjects.flatMap((s) => (s.by === 'account' ? [] : [s.thing])));
  const { from, to } = scope;
  return {
    scopeSha256: scopeHash(scope),
    accountsNamed: accounts.size,
    devicesNamed: devices.size,
    from,
    to,
  };
}
