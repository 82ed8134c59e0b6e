/** What a step of a scenario is: a word, what may stand behind it, and what it does to the world. */
import type { z } from 'zod';
import type { World } from './world.ts';

/** Something came out otherwise than the scenario says. */
export type Mismatch = {
  /** Where in the step it was expected; empty: the step as a whole. */
  readonly at: readonly (string | number)[];
  readonly expected: string;
  readonly found: string;
};

export type Step = {
  readonly name: string;
  /** One sentence for the schema and the manual. */
  readonly about: string;
  readonly body: z.ZodType;
  /** Where `body` cannot be written as JSON Schema: what can. */
  readonly published?: z.ZodType;
  /** Mismatches, none when all went as written. Throws ScenarioMistake. */
  readonly run: (world: World, body: unknown) => Promise<readonly Mismatch[]>;
};

/** The scenario asks for something that makes no sense: a name nobody has, a doorbell without power. */
export class ScenarioMistake extends Error {
  override readonly name = 'ScenarioMistake';
}

export function defineStep<Body extends z.ZodType>(
  name: string,
  about: string,
  body: Body,
  // biome-ignore lint/suspicious/noConfusingVoidType: a step that cannot fail says nothing
  run: (world: World, body: z.output<Body>) => Promise<readonly Mismatch[] | void>,
): Step {
  return {
    name,
    about,
    body,
    run: async (world, parsed) => (await run(world, parsed as z.output<Body>)) ?? [],
  };
}

/** What was done was refused as the scenario says, or went through as it says. `refused` null: it went through. */
export function compareRefusal(
  expected: string | undefined,
  refused: string | null,
): readonly Mismatch[] {
  if (expected === undefined) {
    return refused === null
      ? []
      : [{ at: [], expected: 'that it is done', found: `refused: ${refused}` }];
  }
  if (refused === expected) return [];
  return [
    {
      at: ['refused'],
      expected: `refused: ${expected}`,
      found: refused === null ? 'it was done' : `refused: ${refused}`,
    },
  ];
}

/** One mismatch where `found` is not `expected`, both as the scenario would write them. */
export function compareValue(
  at: string,
  expected: string | number | boolean | null | undefined,
  found: string | number | boolean | null,
): readonly Mismatch[] {
  if (expected === undefined || expected === found) return [];
  return [{ at: [at], expected: `${at}: ${expected}`, found: String(found) }];
}

/** As `compareValue`, for lists in their order. */
export function compareList(
  at: string,
  expected: readonly string[] | undefined,
  found: readonly string[],
): readonly Mismatch[] {
  if (expected === undefined || expected.join() === found.join()) return [];
  const listed = (names: readonly string[]): string => `[${names.join(', ')}]`;
  return [{ at: [at], expected: `${at}: ${listed(expected)}`, found: listed(found) }];
}
