/** What every act in a matter begins with: finding it, and asking whether this person may. */
import type { Ulid } from '../../../device/wire/ids.ts';
import type { Matter } from '../../legal/matter.ts';
import { type Act, type ActRefusal, actRules, mayAct, partsOf } from '../../legal/matter-acts.ts';
import type { Writing } from '../../ports.ts';
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
  throw new DeskRefused(verdict.because, explain(verdict.because, act, matter, by));
}

/** What was wrong, and what was expected. */
function explain(because: ActRefusal, act: Act, matter: Matter, by: Principal): string {
  const { role, part, stages } = actRules[act];
  switch (because) {
    case 'role':
      return `expected a person of the role ${words(role)}`;
    case 'another-part': {
      const has = partsOf(matter, by.principal).map(words).join(' and ');
      return `who has another part in this matter, as ${has}, is not its ${words(part)} too`;
    }
    case 'stage': {
      if (act === 'end-challenge' && stages.includes(matter.stage)) return 'nobody challenges it';
      if (act === 'lift-silence' && stages.includes(matter.stage)) return 'nothing silences it';
      const when = stages.map(words).join(' or ');
      return `the matter is ${words(matter.stage)}: this is done while it is ${when}`;
    }
    case 'unseen-change':
      return `the matter has changed: read it again, it is at version ${matter.version} now`;
    case 'challenged':
      return 'the owner challenges the demand: first a reviewer puts on record how that ended';
  }
}

const words = (name: string): string => name.replaceAll('-', ' ');
