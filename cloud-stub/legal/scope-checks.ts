/** Intake checks of what is asked for: whose, of which time, how much of it, and by what filter. */
import { between, hours } from '../../device/wire/time.ts';
import { isAsked, issuedClasses } from './class-grants.ts';
import { type Finding, failed, passed } from './findings.ts';
import type { IntakeCase } from './intake-case.ts';

/**
 * V07. A demand for an area names nobody: that is a reverse search, which V10 takes up, and
 * answering it here as merely vague would hide what it is.
 */
export const subjectsNamed = ({ demand: { scope } }: IntakeCase): Finding =>
  scope.subjects.length > 0 || scope.area !== null
    ? passed
    : failed('reject', 'not_particular', 'no device and no account is named');

/** V08. Only content and records have a time; subscriber information is as it stands. */
export function timeRange({ demand }: IntakeCase): Finding {
  const { from, to, timeZone } = demand.scope;
  const ask = (because: string) => failed('clarify', 'not_particular', because);
  if (demand.classes.length === 1 && isAsked(demand, 'subscriber')) return passed;
  if (from === null || to === null) return ask('the time range is open');
  if (from >= to) return ask('the time range ends before it begins');
  return timeZone === null ? ask('the zone of its times is not stated') : passed;
}

/** V09 */
export function narrowness({ demand: { scope }, legal, records }: IntakeCase): Finding {
  const review = (because: string) => failed('review', 'overbroad', because);
  const { from, to } = scope;
  if (from !== null && to !== null && between(from, to) > hours(legal.hoursMax)) {
    return review(`it spans more than ${legal.hoursMax} hours`);
  }
  const things = scope.subjects.flatMap((each) => (each.by === 'account' ? [] : [each.thing]));
  if (new Set(things).size > legal.devicesMax) {
    return review(`it names more than ${legal.devicesMax} devices`);
  }
  // A warrant for "all cameras" of a house reached those indoors before: the paper must say so.
  const indoor = [...records.indoor].find((thing) => !scope.indoor.includes(thing));
  return indoor === undefined
    ? passed
    : review(`the device '${indoor}' stands indoors, which the paper does not say`);
}

/** V10. Never approved automatically. [LEG-8] */
export const reverseSearch = ({ demand: { scope }, rule }: IntakeCase): Finding =>
  scope.area === null
    ? passed
    : failed(
        rule.area === 'refused' ? 'reject' : 'counsel',
        'reverse_search',
        'it asks who was in an area, not what one device saw',
      );

/** V11. What it may have of what it asks is still given: the demand is narrowed. */
export function classes({ demand, rule, legal }: IntakeCase): Finding {
  if (rule.effect !== 'disclose') return passed;
  const given = issuedClasses(demand, rule, legal);
  const beyond = demand.classes.filter((each) => !given.includes(each));
  return beyond.length === 0
    ? passed
    : failed('narrow', 'wrong_class_for_process', `${rule.process} gives no ${beyond.join(', ')}`);
}

/** V19 */
export function filters({ demand }: IntakeCase): Finding {
  const filter = demand.filters.find(({ kind }) => kind !== 'plain');
  return filter === undefined
    ? passed
    : failed('review', 'protected_activity', `it picks people by '${filter.wanted}'`);
}

/** V20. For the reviewer: what there is cannot be more than what is kept. */
export function availability({ records: { clips } }: IntakeCase): Finding {
  const { total, purged, endToEndEncrypted } = clips;
  return purged === 0 && endToEndEncrypted === 0
    ? passed
    : failed(
        'inform',
        null,
        `of ${total} clips ${purged} are purged, ${endToEndEncrypted} can be read by the owner only`,
      );
}
