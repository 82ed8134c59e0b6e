/**
 * Backups have a window too: what their catalogue tells of events and people would outlive its own in them. When it
 * ends, the key of the backup is destroyed, and what is left is noise, wherever it lies. [RET-10, RET-11]
 */
import { decodeTime } from 'ulid';
import { epochMs, later } from '../../../device/wire/time.ts';
import type { Policy } from '../../custody/policy.ts';
import type { ClipKey, KeyVault, Ports } from '../../ports.ts';
import type { RecordClass } from './record-classes.ts';

/** `keys`: of backups, each named by the ULID of its backup; null while there was none yet. */
export function backupClass(
  { catalogue, clock, ledger }: Pick<Ports, 'catalogue' | 'clock' | 'ledger'>,
  policy: Pick<Policy, 'backupWindowMs'>,
  keys: () => Promise<KeyVault | null>,
): RecordClass {
  const endOf = ({ clip }: ClipKey) => later(epochMs(decodeTime(clip)), policy.backupWindowMs);
  async function all(): Promise<readonly ClipKey[]> {
    const vault = await keys();
    const found: ClipKey[] = [];
    if (vault !== null) for await (const key of vault.list()) found.push(key);
    return found;
  }
  return {
    name: 'backups',
    async nextDueAt() {
      const ends = (await all()).map(endOf);
      return ends.length === 0 ? null : epochMs(Math.min(...ends));
    },
    async sweep() {
      const vault = await keys();
      if (vault === null) return 0;
      const at = clock.now();
      const due = (await all()).filter((key) => endOf(key) <= at);
      for (const key of due) {
        await vault.destroy(key);
        const facts = { backup: key.clip };
        await catalogue.write((tx) =>
          ledger.append(tx, { kind: 'backup-retired', at, actor: 'sweeper', facts }),
        );
      }
      return due.length;
    },
  };
}
