/** Refusals as RFC 9457 problem details, and nothing in them that tells a foreign thing from an unknown one. */
import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

export const problemSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    instance: z.string().optional(),
    reason: z.string().optional().describe('one word for programs'),
    invalid: z.array(z.strictObject({ where: z.string(), because: z.string() })).optional(),
  })
  .describe('RFC 9457 problem details');
type Problem = z.infer<typeof problemSchema>;

/** What a program can act on, beside the sentence. */
export type ProblemFacts = {
  readonly reason?: string;
  readonly invalid?: readonly { readonly where: string; readonly because: string }[] | undefined;
};

/** The request is refused; thrown by a route, answered by `answerError`. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly more: ProblemFacts;
  constructor(
    status: number,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
    more: ProblemFacts = {},
  ) {
    super(detail);
    this.status = status;
    this.headers = headers;
    this.more = more;
  }
}

/** One answer for what is unknown, foreign, deleted or expired. [DEL-1] */
export const notFound = (what: string): ProblemError => new ProblemError(404, `no such ${what}`);

/** An answer that is not JSON, for a route's schema. */
export const media = (mediaType: string, description: string) => ({
  description,
  content: { [mediaType]: { schema: z.unknown() } },
});

/** The refusals every owner's route can give, for its schema. */
export const refusals = { 400: problemSchema, 401: problemSchema, 404: problemSchema } as const;

export function sendProblem(reply: FastifyReply, problem: Omit<Problem, 'type' | 'title'>): void {
  const title = STATUS_CODES[problem.status] ?? 'Error';
  // Serialised here: a route's response schema is for its own answers.
  void reply
    .code(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', title, ...problem }));
}

/** Fastify's error handler: our refusals, malformed requests, and everything else as a bare 500. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const instance = pathOf(request);
  if (error instanceof ProblemError) {
    for (const [name, value] of Object.entries(error.headers)) reply.header(name, value);
    const { reason, invalid } = error.more;
    sendProblem(reply, {
      ...{ status: error.status, detail: error.message, instance },
      ...(reason === undefined ? {} : { reason }),
      ...(invalid === undefined ? {} : { invalid: [...invalid] }),
    });
    return;
  }
  if (error.validation !== undefined) {
    const place = error.validationContext ?? 'request';
    const invalid = error.validation.map(({ instancePath, message }) => ({
      where: `${place}${instancePath === '/' ? '' : instancePath}`,
      because: message ?? 'not valid',
    }));
    const [first] = invalid;
    const because = first === undefined ? 'not valid' : `${first.where}: ${first.because}`;
    sendProblem(reply, { status: 400, detail: because, instance, invalid });
    return;
  }
  const status = error.statusCode ?? 500;
  if (status < 500) {
    sendProblem(reply, { status, detail: error.message, instance });
    return;
  }
  request.log.error({ err: error, route: request.routeOptions.url }, 'request failed');
  sendProblem(reply, { status: 500, detail: 'the cloud failed; its log says how', instance });
}

/** The path without the query, which may hold what nobody should repeat. */
export const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '/';
