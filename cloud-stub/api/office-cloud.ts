/** What the office's API needs of the cloud: the desk, its people, and what operators may start. */
import type { Auditing } from '../services/ledger/auditing.ts';
import type { LegalDesk } from '../services/legal-desk/legal-desk.ts';
import type { Principals } from '../services/legal-desk/principals.ts';

export type OfficeCloud = {
  readonly desk: LegalDesk;
  readonly principals: Principals;
  readonly auditing: Auditing;
  readonly sweeper: {
    sweep(): Promise<{
      readonly refused: string | null;
      readonly purged: number;
      readonly failed: number;
    }>;
  };
};
