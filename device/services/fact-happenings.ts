/** What a fact that has become durable tells those who watch. */
import type { SpoolFact } from '../core/spool-state.ts';
import type { Happening } from './happenings.ts';

/** Null for what concerns nobody outside the spool. */
export function happeningOf(fact: SpoolFact): Happening | null {
  switch (fact.kind) {
    case 'clip-opened':
      return { kind: 'clip-began', opening: fact.opening };
    case 'trigger-added':
      return { kind: 'trigger-added', clip: fact.clip, trigger: fact.trigger };
    case 'event-made':
      return { kind: 'event', event: fact.event };
    case 'still-kept':
      return { kind: 'still-kept', clip: fact.clip, still: fact.still, bytes: fact.bytes };
    case 'still-refused': {
      const { clip, still, because } = fact;
      return { kind: 'still-refused', clip, still, because };
    }
    case 'clip-closed': {
      const { final } = fact;
      return { kind: 'clip-ended', final, because: final.reason ?? final.disposition };
    }
    case 'clip-evicted': {
      const { final } = fact;
      return { kind: 'clip-evicted', final, because: final.reason ?? final.disposition };
    }
    case 'events-acknowledged':
      return { kind: 'events-acknowledged', upTo: fact.upTo };
    case 'clip-carried':
    case 'clip-released':
    case 'settings-taken':
    case 'stopped':
      return null;
  }
}
