/**
 * What happens in the cloud, told within the process as it happens: the owner's live stream and the command line
 * listen. Nothing is kept; who was not listening asks the catalogue.
 */
import type { Logger } from 'pino';
import type { AccountId } from '../../catalogue-tables.ts';
import type { ClipKey } from '../../ports.ts';
import type { OwnedClip, OwnedDevice, OwnedEvent } from './owner-views.ts';

/**
 * `clip-changed` also when it is new. `clip-gone` when it left the owner's sight; when its bytes are destroyed is told
 * to nobody, as an owner could tell a held clip from another by it. [DEL-4]
 */
export type Happening =
  | { readonly kind: 'event'; readonly event: OwnedEvent }
  | { readonly kind: 'clip-changed'; readonly clip: OwnedClip }
  | { readonly kind: 'clip-gone'; readonly key: ClipKey }
  | { readonly kind: 'device-changed'; readonly device: OwnedDevice };

export type Announcements = {
  /** To the owner's listeners and the operators'; `account` null: to operators only. */
  tell(account: AccountId | null, happening: Happening): void;
  /** Whether anybody listens at all: then it is worth looking up what there is to tell. */
  isHeard(): boolean;
  /** What the account may hear; null: everything. Listeners must return at once. */
  follow(account: AccountId | null, listener: (happening: Happening) => void): Following;
};
export type Following = { cancel(): void };

export function makeAnnouncements(log: Logger): Announcements {
  type Follower = { account: AccountId | null; listener: (happening: Happening) => void };
  const followers = new Set<Follower>();
  return {
    tell(account, happening) {
      for (const follower of [...followers]) {
        if (follower.account !== null && follower.account !== account) continue;
        try {
          follower.listener(happening);
        } catch (error) {
          // One listener's fault must neither undo what happened nor keep it from the others.
          log.error({ err: error, kind: happening.kind }, 'a listener to happenings failed');
          followers.delete(follower);
        }
      }
    },
    isHeard: () => followers.size > 0,
    follow(account, listener) {
      const follower: Follower = { account, listener };
      followers.add(follower);
      return { cancel: () => followers.delete(follower) };
    },
  };
}
