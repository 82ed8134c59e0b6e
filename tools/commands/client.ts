/** Talking to a running cloud as its owner: where it is, with which token, and what its refusals say. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { CommandFailure } from './failure.ts';
import { placesOf } from './places.ts';

export type ClientOptions = {
  readonly url?: string;
  readonly token?: string;
  readonly data?: string;
};

const contactSchema = z.object({ url: z.url(), token: z.string().min(1) });
type Contact = z.infer<typeof contactSchema>;

export const clientOptions = (command: Command): Command =>
  command
    .option(
      '--url <url>',
      "the cloud's address (default: DOORBELL_URL, else what the data folder says)",
    )
    .option(
      '--token <token>',
      'token of the one who asks (default: DOORBELL_TOKEN, else what the data folder says)',
    )
    .option('--data <folder>', 'data folder (default: DOORBELL_DATA, else .data)');

/** Leaves word in the data folder how commands reach this cloud. Holds a token: mode 0600. */
export function writeContact(file: string, contact: Contact): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${JSON.stringify(contact, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** What the data folder knows of a cloud, or null. */
export function readContact(file: string): Contact | null {
  try {
    return contactSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null; // none, or half written by something else: as good as none
  }
}

export class CloudClient {
  readonly url: string;
  readonly #token: string;

  /** As the owner that options, environment or data folder name; or as someone else. */
  constructor(options: ClientOptions, someoneElse?: Contact) {
    const known = someoneElse ?? readContact(placesOf(options.data).contact);
    const { DOORBELL_URL, DOORBELL_TOKEN } = someoneElse === undefined ? process.env : {};
    const url = options.url ?? DOORBELL_URL ?? known?.url;
    const token = options.token ?? DOORBELL_TOKEN ?? known?.token;
    if (url === undefined || token === undefined) {
      throw new CommandFailure(
        `no ${url === undefined ? 'address' : 'token'} of a cloud: start one with "doorbell up" in this folder, ` +
          `or give --${url === undefined ? 'url' : 'token'}`,
        2,
      );
    }
    if (!/^https?:/.test(url) || !URL.canParse(url)) {
      throw new CommandFailure(`"${url}" is no address: expected one such as http://host:8080`, 2);
    }
    this.url = url.replace(/\/+$/, '');
    this.#token = token;
  }

  /** The answer's body as `schema` says. Throws CommandFailure with what the cloud said. */
  async json<Body>(
    schema: z.ZodType<Body>,
    method: string,
    where: string,
    body?: object,
  ): Promise<Body> {
    const response = await this.request(method, where, body);
    const text = await response.text();
    return schema.parse(text === '' ? undefined : JSON.parse(text));
  }

  async request(method: string, where: string, body?: object): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(`${this.url}${where}`, {
        method,
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new CommandFailure(`no cloud answers at ${this.url}: is it running?`, 1, {
        cause: error,
      });
    }
    if (!response.ok) {
      // What the cloud calls malformed was asked wrongly.
      const exitCode = response.status === 400 ? 2 : 1;
      throw new CommandFailure(await refusalOf(response, `${method} ${where}`), exitCode);
    }
    return response;
  }
}

/** As the cloud says it; what a command asks for is always there, but for the office's part of it. */
const noSuchRoute = 'no such route';
const problemSchema = z.object({ title: z.string(), detail: z.string().optional() });

/** What an RFC 9457 problem says, in one sentence. */
async function refusalOf(response: Response, asked: string): Promise<string> {
  const text = await response.text();
  try {
    const problem = problemSchema.parse(JSON.parse(text));
    if (problem.detail === noSuchRoute) {
      return 'this cloud has no office: start it with "doorbell cloud --dev-identities" (404)';
    }
    return `${problem.detail ?? problem.title} (${response.status})`;
  } catch {
    return `${asked} was answered ${response.status} ${response.statusText}`;
  }
}
