/** Which topics are whose, and which filters match them. */
import type { ThingName } from '../../../device/wire/ids.ts';

/** A doorbell writes below `up/<its own name>/` and nowhere else. */
export const mayPublish = (thing: ThingName, topic: string): boolean => {
  const own = `up/${thing}/`;
  return topic.length > own.length && topic.startsWith(own) && !/[+#]/.test(topic);
};

/**
 * A doorbell reads below `dn/<its own name>/` and nowhere else; wildcards may stand only below
 * that.
 */
export const maySubscribe = (thing: ThingName, filter: string): boolean => {
  const own = `dn/${thing}/`;
  return filter.length > own.length && filter.startsWith(own);
};

export const hasWildcard = (filter: string): boolean => /[+#]/.test(filter);

/**
 * Whether a filter matches a topic; `a/#` matches `a` only when `hashMatchesParent` (AWS IoT Core:
 * it does not).
 */
export function matchesTopic(filter: string, topic: string, hashMatchesParent: boolean): boolean {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  for (const [index, level] of wanted.entries()) {
    if (level === '#')
      return levels.length > index || (hashMatchesParent && levels.length === index);
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false;
  }
  return wanted.length === levels.length;
}

export const countSlashes = (topic: string): number => topic.split('/').length - 1;
