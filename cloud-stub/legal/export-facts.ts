/** What was frozen for an export, as the documents in its bag tell it. */
import type { Ulid } from '../../device/wire/ids.ts';
import type { EpochMs } from '../../device/wire/time.ts';
import type { ExportOrder } from './export-order.ts';

export type FrozenFacts = {
  readonly exportId: Ulid;
  /** Without its lists. */
  readonly order: Omit<ExportOrder, 'export' | 'clips' | 'records'>;
  readonly leasedAt: EpochMs;
  /** What copied, hashed and sealed; null: frozen before that was kept. */
  readonly software: string | null;
  readonly counts: { readonly clips: number; readonly records: number };
};
