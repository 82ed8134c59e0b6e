/** A panel for people and scripts on this machine: press the button, take a snapshot, look at state and picture. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { Clock, Still } from '../board.ts';
import { ImagerError } from '../board.ts';
import { type DurationMs, milliseconds } from '../wire/time.ts';
import type { Housing } from './housing.ts';
import { limits } from './limits.ts';

export type ControlPanelParts = {
  readonly clock: Clock;
  readonly housing: Housing;
  readonly still: (widthPxMax: number) => Promise<Still>;
  /** What `GET /state` shows beside the housing. */
  readonly state: () => Readonly<Record<string, unknown>>;
};

/** The panel's port is taken or may not be used. */
export class ControlPanelError extends Error {
  override readonly name = 'ControlPanelError';
}

type Answer = {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
};

const defaultPressMs = milliseconds(200);
const pressSchema = z.strictObject({
  durationMs: z
    .int()
    .min(1)
    .max(limits.pressMsMax)
    .default(defaultPressMs)
    .transform((ms): DurationMs => milliseconds(ms)),
});

const routes = ['POST /press', 'POST /snapshot', 'GET /state', 'GET /frame.jpg', 'GET /healthz'];

export class ControlPanel {
  readonly #parts: ControlPanelParts;
  readonly #server: Server;

  private constructor(parts: ControlPanelParts) {
    this.#parts = parts;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.headersTimeout = 5_000;
    this.#server.requestTimeout = 10_000;
  }

  /** Listens on loopback only; port 0 takes a free one. Throws ControlPanelError. */
  static async open(parts: ControlPanelParts, port: number): Promise<ControlPanel> {
    const panel = new ControlPanel(parts);
    await new Promise<void>((resolve, reject) => {
      panel.#server.once('error', (error: NodeJS.ErrnoException) => {
        const found = error.code === 'EADDRINUSE' ? 'is taken' : `cannot be used (${error.code})`;
        reject(new ControlPanelError(`panel port ${port} ${found}`, { cause: error }));
      });
      panel.#server.listen(port, '127.0.0.1', resolve);
    });
    return panel;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let answer: Answer;
    try {
      answer = refusal(request) ?? (await this.#route(request));
    } catch (error) {
      if (!(error instanceof ImagerError)) throw error;
      answer = json(503, { error: error.message });
    }
    response.writeHead(answer.status, {
      'content-type': answer.type,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    response.end(answer.body);
  }

  async #route(request: IncomingMessage): Promise<Answer> {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    switch (`${request.method} ${path}`) {
      case 'POST /press':
        return this.#press(await readBody(request));
      case 'POST /snapshot':
        return jpeg(await this.#parts.still(limits.stillWidthPxMax));
      case 'GET /frame.jpg':
        return jpeg(await this.#parts.still(640));
      case 'GET /state':
        return json(200, { ...this.#parts.state(), ...this.#parts.housing.state });
      case 'GET /healthz':
        return json(200, { ok: true });
      default:
        return json(404, { error: `no ${request.method} ${path} here, only ${routes.join(', ')}` });
    }
  }

  #press(body: string | null): Answer {
    const wanted = parsePress(body);
    if (typeof wanted === 'string') return json(400, { error: wanted });
    const { clock, housing } = this.#parts;
    const at = clock.uptime();
    housing.press(at);
    clock.setTimer('panel-release', wanted.durationMs, () => housing.release(clock.uptime()));
    return json(202, { pressedAtUptimeMs: at, durationMs: wanted.durationMs });
  }
}

function parsePress(body: string | null): z.infer<typeof pressSchema> | string {
  if (body === null) return `the body is larger than ${limits.panelBodyBytesMax} bytes`;
  let value: unknown;
  try {
    value = body === '' ? {} : JSON.parse(body);
  } catch {
    return 'the body is not JSON, expected for example {"durationMs": 200}';
  }
  const parsed = pressSchema.safeParse(value);
  return parsed.success ? parsed.data : z.prettifyError(parsed.error);
}

/**
 * A web page must not press somebody's doorbell: one under a name that was rebound to 127.0.0.1 shows in Host, one
 * from another origin in Origin.
 */
function refusal({ headers }: IncomingMessage): Answer | null {
  const host = headers.host ?? '';
  if (!/^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(host)) {
    return json(403, { error: `host ${host} is not this machine's loopback` });
  }
  if (headers.origin !== undefined && headers.origin !== `http://${host}`) {
    return json(403, { error: `requests from ${headers.origin} are not taken` });
  }
  return null;
}

/** Null when it is too large. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limits.panelBodyBytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const jpeg = (still: Still): Answer => ({ status: 200, type: 'image/jpeg', body: still.jpeg });

const json = (status: number, value: object): Answer => ({
  status,
  type: 'application/json',
  body: `${JSON.stringify(value)}\n`,
});
