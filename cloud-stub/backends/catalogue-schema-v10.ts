/** What the device signed last of a clip that it never finished; see catalogue-schema.ts. */

export const catalogueSchemaV10 = `
-- Of markedChunks and markedRoot, base64url: it leaves with a salvaged clip. [DEV-5]
alter table clips add column markedSig text
  check (length(markedSig) between 1 and 200 and markedSig not glob '*[^A-Za-z0-9_-]*');
`;
