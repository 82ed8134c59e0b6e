/** The values of a schema one by one: for help texts, and for their names in environment and on command line. */
import { z } from 'zod';

export type ConfigLeaf = {
  readonly path: string;
  readonly variable: string;
  readonly flag: string;
  readonly type: 'text' | 'number' | 'boolean' | 'json';
  /** What it is, where its name does not say it. */
  readonly about: string | null;
  /** All it may be, where these are few. */
  readonly choices: readonly string[];
  /** What it is when it is not given; null: nothing. */
  readonly untold: unknown;
};

type JsonSchema = {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
};

export const leavesOf = (schema: z.ZodType): readonly ConfigLeaf[] =>
  leavesBelow(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema, []);

function leavesBelow(schema: JsonSchema, path: readonly string[]): readonly ConfigLeaf[] {
  if (schema.properties !== undefined) {
    return Object.entries(schema.properties).flatMap(([name, child]) =>
      leavesBelow(child, [...path, name]),
    );
  }
  const words = path.map((name) => name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`));
  const flag = words.join('-');
  return [
    {
      path: path.join('.'),
      variable: `DOORBELL_${flag.replaceAll('-', '_').toUpperCase()}`,
      flag: `--${flag}`,
      type: leafType(schema),
      about: schema.description ?? null,
      choices: (schema.enum ?? []).map(String),
      untold: schema.default ?? null,
    },
  ];
}

function leafType(schema: JsonSchema): ConfigLeaf['type'] {
  const types = (schema.anyOf ?? [schema]).map(({ type }) => type).filter((t) => t !== 'null');
  if (types[0] === 'integer' || types[0] === 'number') return 'number';
  if (types[0] === 'boolean') return 'boolean';
  return types[0] === 'array' || types[0] === 'object' ? 'json' : 'text';
}
