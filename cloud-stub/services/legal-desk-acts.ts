/** What every act in a matter begins with: finding it, and asking whether this person may. */
import type { Ulid } from '../../device/wire/ids.ts';
import type { Matter } from '../legal/matter.ts';
import { type Act, type ActRefusal, actRules, mayAct } from '../legal/matter-acts.ts';
import type { Writing } from '../ports.ts';
import { loadMatter } from './legal-desk-store.ts';
import { DeskRefused } from './legal-desk-world.ts';
import type { Principal } from './principals.ts';

export async function matterFor(tx: Writing, demand: Ulid): Promise<Matter> {
  const matter = await loadMatter(tx, demand);
  if (matter === null) throw unknownDemand();
  return matter;
}

/** One answer for what is another agency's and what never was. */
export const unknownDemand = (): DeskRefused => new DeskRefused('no-such-demand', 'no such demand');

/** Throws DeskRefused; true: the person has done this already, and nothing is to be done. */
export function permit(
  matter: Matter,
  by: Principal,
  act: Act,
  seen: number | null = null,
): { readonly isRepeated: boolean } {
  const verdict = mayAct(matter, by, act, seen);
  if (verdict.may) return { isRepeated: verdict.isRepeated };
  throw new DeskRefused(verdict.because, explain(verdict.because, act, matter));
}

function explain(because: ActRefusal, act: Act, matter: Matter): string {
  switch (because) {
    case 'role':
      return `only a ${actRules[act].role.replaceAll('-', ' ')} may do this`;
    case 'another-part':
      return 'who has another part in this matter may not do this';
    case 'stage':
      return `the matter is ${matter.stage.replaceAll('-', ' ')}: this is not the time`;
    case 'unseen-change':
      return `the matter has changed: it is at version ${matter.version} now`;
    case 'challenged':
      return 'the owner challenges the demand, and that is not decided';
  }
}
