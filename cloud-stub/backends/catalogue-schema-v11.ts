/** The ledger's entries by clip; see catalogue-schema.ts. */
export const catalogueSchemaV11 = `
-- By the clip first, whose name begins with its time: what is written together lies together, and a commit of many
-- doorbells' clips touches a few pages of it instead of one for each of them.
drop index ledgerOfClip;
create index ledgerOfClip on ledger (clip, thing, seq);
`;
