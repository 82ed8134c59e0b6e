/** What a newer catalogue tells of deletions and closures, for a restore to replay. [RET-11] */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { thingNameSchema, ulidSchema } from '../../../device/wire/ids.ts';
import { epochMs } from '../../../device/wire/time.ts';
import { BackupError } from './backup-error.ts';

const instant = z.int().transform(epochMs);
const withdrawnSchema = z.object({
  thing: thingNameSchema,
  clip: ulidSchema,
  visibility: z.enum(['user-deleted', 'expired', 'account-closed', 'plan-lapsed']),
  userDeletedAt: instant.nullable(),
  accountClosedAt: instant.nullable(),
  planLapsedAt: instant.nullable(),
  deleteAt: instant.nullable(),
});
const closedSchema = z.object({ account: ulidSchema, closedAt: instant });
const escrowSchema = z.object({
  account: ulidSchema,
  name: z.string(),
  openedAt: instant,
  closedAt: instant,
  endedAt: instant.nullable(),
});

export type NewerState = {
  readonly withdrawn: readonly z.infer<typeof withdrawnSchema>[];
  readonly closed: readonly z.infer<typeof closedSchema>[];
  readonly escrows: readonly z.infer<typeof escrowSchema>[];
};

/** Throws BackupError when there is none that can be read. */
export function readNewer(path: string): NewerState {
  if (!existsSync(path)) throw new BackupError(`there is no newer catalogue ${path}`);
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const rows = (query: string): unknown[] => database.prepare(query).all();
    return {
      withdrawn: z.array(withdrawnSchema).parse(
        rows(`select thing, clip, visibility, userDeletedAt, accountClosedAt, planLapsedAt, deleteAt
          from clips where visibility <> 'visible'`),
      ),
      closed: z
        .array(closedSchema)
        .parse(rows('select account, closedAt from accounts where closedAt is not null')),
      escrows: z.array(escrowSchema).parse(rows('select * from escrows')),
    };
  } catch (error) {
    throw new BackupError(
      `the newer catalogue ${path} cannot be read: without it, give up what was deleted since, or mend it`,
      { cause: error },
    );
  } finally {
    database.close();
  }
}
