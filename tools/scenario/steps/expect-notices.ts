/** What an owner was told of demands, and what an agency may see of matters. */
import { z } from 'zod';
import { personNames } from '../office.ts';
import { compareList } from '../step.ts';
import { defineExpectation } from './expectation.ts';

export const noticesExpectation = defineExpectation(
  'notices',
  {
    notices: z.string().describe('of this account'),
    processes: z.array(z.string()).describe('kinds of process told of, the latest first'),
  },
  async (world, { notices, processes }) => {
    const told = await world.cloud().desk.notices(world.accounts.get(notices));
    const found = told.toSorted((a, b) => b.sentAt - a.sentAt).map(({ process }) => process);
    return compareList('processes', processes, found);
  },
);

export const mattersExpectation = defineExpectation(
  'matters',
  {
    matters: z.enum(personNames).describe('as this person sees them'),
    are: z.array(z.string()).describe('demands, the latest first; nothing else'),
  },
  async (world, { matters, are }) => {
    const person = await world.office.person(matters);
    const { items } = await world.cloud().desk.list(person, { limit: 100 });
    const found = items.map(
      ({ demand }) => world.demands.nameOf((each) => each.demand === demand) ?? demand,
    );
    return compareList('are', are, found);
  },
);
