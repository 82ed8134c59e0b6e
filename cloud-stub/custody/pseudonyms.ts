/**
 * Identities in the ledger. Services name who acts as `role:ULID`; the ledger writes
 * `role:pseudonym`, a keyed hash under a key of that identity alone. One person has one pseudonym in
 * every role. Without the key nobody can tell whom it means, or test a guess. [LOG-2]
 */
import { createHash, createHmac, type KeyObject } from 'node:crypto';
import { canonicalJson } from '../../device/wire/codec.ts';
import type { Ulid } from '../../device/wire/ids.ts';

/** What stands for an identity whose key is gone. */
export const shredded = 'shredded';

const ulid = '[0-7][0-9A-HJKMNP-TV-Z]{25}';
const role = '[a-z][a-z-]{0,40}';
const reference = new RegExp(`^(${role}):(${ulid})$`);
const referencesInJson = new RegExp(`(?<=")(${role}):(${ulid})(?=")`, 'g');
/** An actor as the ledger takes it; never a name. */
const actorPattern = new RegExp(`^${role}(:([0-9a-f]{32}|${shredded}))?$`);

export const isLedgerActor = (actor: string): boolean => actorPattern.test(actor);

export const pseudonymOf = (key: KeyObject, identity: Ulid): string =>
  createHmac('sha256', key).update(identity).digest('hex').slice(0, 32);

/** An id for whoever has none of ours: an operator known by the name of an account on a machine. */
export function identityNamed(name: string): Ulid {
  const digest = createHash('sha256').update(name).digest();
  const digits = Array.from(digest.subarray(0, 25), (byte) => crockford[byte % 32]);
  return `0${digits.join('')}` as Ulid;
}
const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** `nameOf` gives the pseudonym of an identity, or `shredded`. */
export async function pseudonymizeActor(
  actor: string,
  nameOf: (identity: Ulid) => Promise<string>,
): Promise<string> {
  const [, roleName, identity] = reference.exec(actor) ?? [];
  return identity === undefined ? actor : `${roleName}:${await nameOf(identity as Ulid)}`;
}

/** The canonical JSON of an entry's facts, in which every string `role:ULID` stands as its pseudonym. */
export async function pseudonymizeFacts(
  facts: object,
  nameOf: (identity: Ulid) => Promise<string>,
): Promise<string> {
  const text = canonicalJson(facts);
  const found = new Set([...text.matchAll(referencesInJson)].map(([, , id]) => id as Ulid));
  if (found.size === 0) return text;
  const names = new Map<string, string>();
  for (const identity of found) names.set(identity, await nameOf(identity));
  const replaced = text.replace(
    referencesInJson,
    (_all, roleName: string, id: string) => `${roleName}:${names.get(id)}`,
  );
  // A reference may have been a property's name, which has its place by its letters.
  return canonicalJson(JSON.parse(replaced) as object);
}
