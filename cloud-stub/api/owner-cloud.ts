/**
 * What the owner's API needs of the cloud, and no more. The services answer it (openCloud's result is given to
 * `openApi`); tests give a fake. Everything is asked on behalf of one account, and what belongs to someone else,
 * was deleted, is past its window or never was gives the same answer: null, or an empty page. [DEL-1]
 */
import type { Accounts } from '../services/accounts/accounts.ts';
import type { OwnerFootage } from '../services/owners/footage.ts';
import type { OwnerAccount } from '../services/owners/owner-account.ts';
import type { OwnerDevices } from '../services/owners/owner-devices.ts';
import type { OwnerHappenings } from '../services/owners/owner-happenings.ts';

export type OwnerCloud = {
  readonly accounts: Pick<Accounts, 'authenticate'>;
  readonly devices: Omit<OwnerDevices, 'reboot'>;
  readonly footage: OwnerFootage;
  readonly happenings: OwnerHappenings;
  readonly account: OwnerAccount;
  /** What must work before requests are useful, each with its fault or null. */
  readiness(): Promise<Readonly<Record<string, string | null>>>;
};
