/** Enrolment: a doorbell that knows the enrolment secret gets a certificate for the key it made. */
import {
  enrolmentAnswerSchema,
  enrolmentRequestSchema,
  isEnrolmentRequestProven,
  makeEnrolmentAnswer,
} from '../../device/wire/enrolment.ts';
import type { ThingName } from '../../device/wire/ids.ts';
import type { ApiServer } from './api-context.ts';
import { ProblemError, problemSchema } from './problems.ts';

export type Enrolment = {
  /** Known to doorbells and to this cloud; never sent. */
  readonly secret: string;
  /** The doorbell's certificate and the authority's, PEM; a sentence when there can be none. */
  readonly certify: (
    thing: ThingName,
    csr: string,
  ) => Promise<{ readonly certificate: string; readonly ca: string } | string>;
};

export function addEnrolmentRoute(server: ApiServer, { secret, certify }: Enrolment): void {
  server.post(
    '/v1/enrolments',
    {
      schema: {
        tags: ['devices'],
        summary: 'A certificate for a doorbell that proves it knows the enrolment secret',
        body: enrolmentRequestSchema,
        response: {
          201: enrolmentAnswerSchema,
          400: problemSchema,
          403: problemSchema,
          409: problemSchema,
        },
      },
    },
    async (request, reply) => {
      if (!isEnrolmentRequestProven(secret, request.body)) {
        request.log.warn(
          { thing: request.body.thing },
          'an enrolment without the secret was refused',
        );
        throw new ProblemError(403, 'the request does not prove the enrolment secret');
      }
      const issued = await certify(request.body.thing, request.body.csr);
      if (typeof issued === 'string') throw new ProblemError(409, issued);
      return reply.code(201).send(makeEnrolmentAnswer(secret, request.body, issued));
    },
  );
}
