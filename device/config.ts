/**
 * What a doorbell is told at start: a JSON file, the environment (`DOORBELL_*`) and flags, each overruling the one
 * before. Checked once, frozen; every problem names the field, where its value came from, what was found and what
 * is allowed.
 */
import { z } from 'zod';
import { type ConfigLeaf, leavesOf } from './config-leaves.ts';
import { type Settings, settingsSchema } from './core/settings.ts';
import { ownerKeySchema } from './wire/footage-sealing.ts';
import { thingNameSchema } from './wire/ids.ts';

const encryptionSchema = z.strictObject({
  ownerKeys: z
    .array(ownerKeySchema, { error: 'expected a list of at most 16 public keys, such as ["B..."]' })
    .max(16)
    .default([])
    .describe('public keys; with any, footage and stills are end-to-end encrypted for each'),
});

const hostShape = {
  thing: z
    .prefault(thingNameSchema, 'front-door' as z.input<typeof thingNameSchema>)
    .describe("the doorbell's name: MQTT client id and common name of its certificate"),
  source: z
    .string()
    .min(1)
    .max(4096)
    .default('fixtures/scenes/demo/footage.mp4')
    .describe(
      'a video file, an image folder, an rtsp: or http: URL, v4l2:/dev/video0, lavfi:PATTERN',
    ),
  sourceMode: z.enum(['once', 'loop']).default('loop').describe('what follows the end of a file'),
  pace: z
    .enum(['real-time', 'fast'])
    .default('real-time')
    .describe('how a file is replayed; fast: as fast as it can be read'),
  rtspTransport: z
    .enum(['tcp', 'udp'])
    .default('tcp')
    .describe('how an rtsp: camera sends; udp loses pictures rather than falling behind'),
  encoder: z
    .enum(['x264', 'pass-through', 'auto'])
    .default('auto')
    .describe('auto: pass-through where nothing is burnt into the picture'),
  broker: z
    .url({ protocol: /^(mqtts?|ssl|tcp)$/, error: 'expected a URL such as mqtts://host:8883' })
    .default('mqtts://localhost:8883')
    .describe('where the cloud listens'),
  link: z.enum(['mqttjs', 'aws-crt']).default('mqttjs').describe('the MQTT client'),
  mqttVersion: z.enum(['3', '5', 'auto']).default('auto').describe('auto: 5, or 3 where refused'),
  identity: z
    .string()
    .min(1)
    .max(4096)
    .default('.data/devices/front-door/identity')
    .describe('a folder with key.pem, certificate.pem and ca.pem'),
  flash: z
    .string()
    .min(1)
    .max(4096)
    .default('.data/devices/front-door/flash')
    .describe('a folder for the emulated flash'),
  panelPort: z
    .int()
    .min(0)
    .max(65_535)
    .nullable()
    .default(8780)
    .describe('loopback port of the control panel; 0: any free one, null: no panel'),
  script: z
    .string()
    .min(1)
    .max(4096)
    .nullable()
    .default(null)
    .describe('what happens during the footage, as JSON; without it, the file beside the footage'),
  logLevel: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('from which level on things are logged'),
  /** Not among the settings that a cloud may change: it could switch them off, or add a key of its own. */
  encryption: z.prefault(encryptionSchema, {}),
  logFile: z
    .string()
    .min(1)
    .max(4096)
    .nullable()
    .default(null)
    .describe('a file for the log; without it, stderr'),
} as const;

export const configSchema = z.strictObject({ ...hostShape, ...settingsSchema.shape });
export type Config = Readonly<z.infer<typeof configSchema>>;
export type ConfigInput = z.input<typeof configSchema>;

export type ConfigSources = {
  /** The settings file as it was read, null when there is none. */
  readonly file: { readonly name: string; readonly text: string } | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** By dotted path (`clip.preRollMs`), as text or already typed. Undefined means not given. */
  readonly flags: Readonly<Record<string, unknown>>;
};

export type ConfigProblem = {
  readonly field: string;
  /** `settings file x.json`, `DOORBELL_CLIP_PRE_ROLL_MS`, `--clip-pre-roll-ms` or `default`. */
  readonly source: string;
  readonly found: string;
  readonly allowed: string;
};

/** The settings do not hold; the message lists every problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];
  constructor(problems: readonly ConfigProblem[]) {
    super(
      problems.map((p) => `${p.field} (from ${p.source}) is ${p.found}: ${p.allowed}`).join('\n'),
    );
    this.problems = problems;
  }
}

export const configLeaves: readonly ConfigLeaf[] = leavesOf(configSchema);

/** Reads the settings. Throws ConfigError. */
export function readConfig(sources: ConfigSources): Config {
  const origins = new Map<string, string>();
  const problems: ConfigProblem[] = [];
  const value: Record<string, unknown> = readFileValue(sources.file, origins, problems);
  for (const leaf of configLeaves) {
    const given = [
      [leaf.variable, sources.environment[leaf.variable]],
      [leaf.flag, sources.flags[leaf.path]],
    ] as const;
    for (const [origin, found] of given) {
      if (found === undefined || found === '') continue;
      place(value, leaf.path.split('.'), typed(found, leaf.type));
      origins.set(leaf.path, origin);
    }
  }
  const parsed = configSchema.safeParse(value);
  if (!parsed.success) problems.push(...problemsOf(parsed.error, value, origins));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return deepFreeze(parsed.data);
}

/** The part of the configuration that can change while the doorbell runs. */
export function settingsIn(config: Config): Settings {
  const keys = Object.keys(settingsSchema.shape) as (keyof Settings)[];
  return Object.fromEntries(keys.map((key) => [key, config[key]])) as unknown as Settings;
}

/** Without the credentials a URL may carry: for logs and messages. */
export const withoutCredentials = (text: string): string =>
  text.replaceAll(/(\w+:\/\/)[^/@\s"]*@/g, '$1***@');

/** Text as the type that stands in the schema; what does not fit stays as it is, for the schema to refuse. */
function typed(found: unknown, type: ConfigLeaf['type']): unknown {
  if (typeof found !== 'string') return found;
  if (found === 'null') return null;
  if (type === 'number') return /^-?\d+(\.\d+)?$/.test(found) ? Number(found) : found;
  if (type === 'boolean') return found === 'true' ? true : found === 'false' ? false : found;
  if (type === 'text') return found;
  try {
    return JSON.parse(found) as unknown;
  } catch {
    return found;
  }
}

function readFileValue(
  file: ConfigSources['file'],
  origins: Map<string, string>,
  problems: ConfigProblem[],
): Record<string, unknown> {
  if (file === null) return {};
  const source = `settings file ${file.name}`;
  const refuse = (found: string): Record<string, unknown> => {
    problems.push({ field: 'the file', source, found, allowed: 'expected a JSON object' });
    return {};
  };
  try {
    const value = JSON.parse(file.text) as unknown;
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return refuse(shown(value));
    origins.set('', source);
    return value as Record<string, unknown>;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : 'not JSON');
  }
}

function place(value: Record<string, unknown>, path: readonly string[], leaf: unknown): void {
  const [name, ...rest] = path;
  if (name === undefined) return;
  if (rest.length === 0) {
    value[name] = leaf;
    return;
  }
  const child = value[name];
  const inner = typeof child === 'object' && child !== null && !Array.isArray(child) ? child : {};
  value[name] = inner;
  place(inner as Record<string, unknown>, rest, leaf);
}

function problemsOf(
  error: z.ZodError,
  value: unknown,
  origins: ReadonlyMap<string, string>,
): ConfigProblem[] {
  return error.issues.flatMap((issue) => {
    const paths =
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => [...issue.path, key])
        : [issue.path];
    return paths.map((path) => ({
      field: path.join('.'),
      source: originOf(path, origins),
      found: shown(path.reduce<unknown>((inner, key) => (inner as never)?.[key], value)),
      allowed: issue.code === 'unrecognized_keys' ? 'there is no such setting' : issue.message,
    }));
  });
}

function originOf(path: readonly PropertyKey[], origins: ReadonlyMap<string, string>): string {
  for (let length = path.length; length >= 0; length--) {
    const origin = origins.get(path.slice(0, length).join('.'));
    if (origin !== undefined) return origin;
  }
  return 'default';
}

const shown = (value: unknown): string =>
  withoutCredentials(value === undefined ? 'missing' : JSON.stringify(value)).slice(0, 100);

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
