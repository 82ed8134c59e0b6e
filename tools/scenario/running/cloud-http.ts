/** HTTP to a running cloud on behalf of one caller: a value, or the cloud's refusal as a fact. */
import { z } from 'zod';

export type HttpAnswer<Body> =
  | { readonly ok: true; readonly body: Body }
  | {
      readonly ok: false;
      readonly status: number;
      readonly reason: string;
      readonly detail: string;
    };

export type CloudHttp = {
  /** A refusal is an answer. Throws CloudHttpError when nobody answers, or not as expected. */
  ask<Body>(
    schema: z.ZodType<Body>,
    method: string,
    where: string,
    body?: object,
  ): Promise<HttpAnswer<Body>>;
  /** Throws CloudHttpError for a refusal too. */
  json<Body>(schema: z.ZodType<Body>, method: string, where: string, body?: object): Promise<Body>;
  /** The body as it is; null for what is not there. */
  bytes(where: string): Promise<Uint8Array | null>;
};

/** The cloud does not answer, or otherwise than it should. */
export class CloudHttpError extends Error {
  override readonly name = 'CloudHttpError';
}

const problem = z.looseObject({
  title: z.string().default(''),
  detail: z.string().optional(),
  reason: z.string().optional(),
});

export function openCloudHttp(url: string, token: string): CloudHttp {
  async function send(method: string, where: string, body?: object): Promise<Response> {
    try {
      return await fetch(`${url}${where}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new CloudHttpError(`no cloud answers at ${url}`, { cause: error });
    }
  }

  const http: CloudHttp = {
    async ask(schema, method, where, body) {
      const response = await send(method, where, body);
      const text = await response.text();
      const read = text === '' ? undefined : parsed(text);
      if (!response.ok) {
        const { title, detail, reason } = problem.parse(read ?? {});
        const { status } = response;
        return {
          ok: false,
          status,
          reason: reason ?? (status === 404 ? 'not-found' : title),
          detail: detail ?? title,
        };
      }
      const value = schema.safeParse(read);
      if (value.success) return { ok: true, body: value.data };
      const because = z.prettifyError(value.error);
      throw new CloudHttpError(`${method} ${where} answered otherwise than expected: ${because}`);
    },
    async json(schema, method, where, body) {
      const answer = await http.ask(schema, method, where, body);
      if (answer.ok) return answer.body;
      throw new CloudHttpError(`${method} ${where}: ${answer.detail} (${answer.status})`);
    },
    async bytes(where) {
      const response = await send('GET', where);
      const body = new Uint8Array(await response.arrayBuffer());
      if (response.ok) return body;
      if (response.status === 404 || response.status === 403) return null;
      throw new CloudHttpError(`GET ${where} was answered ${response.status}`);
    },
  };
  return http;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not JSON: whoever expected some is told
  }
}
