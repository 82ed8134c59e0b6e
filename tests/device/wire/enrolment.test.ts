import { expect, test } from 'vitest';
import {
  enrolmentRequestSchema,
  isEnrolmentAnswerProven,
  isEnrolmentRequestProven,
  makeEnrolmentAnswer,
  makeEnrolmentRequest,
} from '../../../device/wire/enrolment.ts';
import type { ThingName } from '../../../device/wire/ids.ts';

const secret = 'a secret of enough length';
const csr = `-----BEGIN CERTIFICATE REQUEST-----\n${'A'.repeat(64)}`;
const request = makeEnrolmentRequest(secret, {
  thing: 'front-door' as ThingName,
  csr,
  nonce: 'n'.repeat(22),
});
const issued = {
  certificate: `-----BEGIN CERTIFICATE-----${'B'.repeat(64)}`,
  ca: `-----BEGIN ${'C'.repeat(64)}`,
};
const answer = makeEnrolmentAnswer(secret, request, issued);

test('an enrolment is proven by those who know the secret', () => {
  expect(enrolmentRequestSchema.parse(request)).toEqual(request);
  expect(isEnrolmentRequestProven(secret, request)).toBe(true);
  expect(isEnrolmentAnswerProven(secret, request, answer)).toBe(true);
});

test.each([
  ['another secret', isEnrolmentRequestProven('another secret of length', request)],
  ['another name', isEnrolmentRequestProven(secret, { ...request, thing: 'x' as ThingName })],
  ['another key', isEnrolmentRequestProven(secret, { ...request, csr: `${csr}x` })],
  [
    'an answer to another request',
    isEnrolmentAnswerProven(secret, { ...request, nonce: 'm'.repeat(22) }, answer),
  ],
  [
    'another authority',
    isEnrolmentAnswerProven(secret, request, { ...answer, ca: issued.certificate }),
  ],
  [
    'a request played back as an answer',
    isEnrolmentAnswerProven(secret, request, { ...answer, proof: request.proof }),
  ],
])('SEC-1: %s proves nothing', (_what, proven) => {
  expect(proven).toBe(false);
});

test('the secret is in neither message', () => {
  expect(JSON.stringify([request, answer])).not.toContain(secret);
});
