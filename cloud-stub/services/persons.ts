/** Who stands behind an actor of the ledger. */

/**
 * Who acts, as it shall stand in the ledger: `role:pseudonym` [LOG-2]. Two roles of one person have
 * the same pseudonym, so that nobody is two people. [LEG-5]
 */
export type Actor = string;

export const isSamePerson = (a: Actor, b: Actor): boolean => personOf(a) === personOf(b);

const personOf = (actor: Actor): string => actor.slice(actor.indexOf(':') + 1);
