/** What one kind of expectation is: the subject that names it, what may stand beside it, and how it is compared. */
import { z } from 'zod';
import type { Mismatch } from '../step.ts';
import type { World } from '../world.ts';

export type Expectation = {
  readonly subject: string;
  readonly body: z.ZodType;
  compare(world: World, body: unknown): Promise<readonly Mismatch[]>;
};

export function defineExpectation<Shape extends z.ZodRawShape>(
  subject: keyof Shape & string,
  shape: Shape,
  compare: (world: World, body: z.output<z.ZodObject<Shape>>) => Promise<readonly Mismatch[]>,
): Expectation {
  return {
    subject,
    body: z.strictObject(shape),
    compare: (world, body) => compare(world, body as z.output<z.ZodObject<Shape>>),
  };
}
