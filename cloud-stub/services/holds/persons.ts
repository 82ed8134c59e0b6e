/** Who stands behind an actor of the ledger. */

/**
 * Who acts: a role, or `role:ULID` of a person, in whose place the ledger puts a pseudonym [LOG-2]. Two
 * roles of one person have the same id, so that nobody is two people. [LEG-5]
 */
export type Actor = string;

export const isSamePerson = (a: Actor, b: Actor): boolean => personOf(a) === personOf(b);

const personOf = (actor: Actor): string => actor.slice(actor.indexOf(':') + 1);
