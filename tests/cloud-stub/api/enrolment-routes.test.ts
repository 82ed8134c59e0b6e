import { expect, it } from 'vitest';
import { isEnrolmentAnswerProven, makeEnrolmentRequest } from '../../../device/wire/enrolment.ts';
import { door, injected } from '../../support/cloud/api-under-test.ts';

const secret = 'a secret of enough length';
const certificate = `-----BEGIN CERTIFICATE-----${'B'.repeat(64)}`;
const ca = `-----BEGIN CERTIFICATE-----${'C'.repeat(64)}`;
const claims = {
  thing: door,
  csr: `-----BEGIN CERTIFICATE REQUEST-----\n${'A'.repeat(64)}`,
  nonce: 'n'.repeat(22),
};

async function enrolling(outcome: { certificate: string; ca: string } | string) {
  const asked: string[] = [];
  const made = await injected({
    enrolment: {
      secret,
      certify: async (thing) => {
        asked.push(thing);
        return outcome;
      },
    },
  });
  const enrol = (payload: object) =>
    made.server.inject({ method: 'POST', url: '/v1/enrolments', payload });
  return { ...made, asked, enrol };
}

it('[SEC-1] a doorbell that proves the secret gets a certificate, with a proof in turn', async () => {
  const { enrol, asked } = await enrolling({ certificate, ca });
  const request = makeEnrolmentRequest(secret, claims);
  const answer = await enrol(request);
  expect(answer.statusCode).toBe(201);
  expect(answer.json()).toMatchObject({ v: 1, certificate, ca });
  expect(isEnrolmentAnswerProven(secret, request, answer.json())).toBe(true);
  expect(asked).toEqual([door]);
});

it('[SEC-1] who does not know the secret is refused before anything is done', async () => {
  const { enrol, asked } = await enrolling({ certificate, ca });
  const answer = await enrol(makeEnrolmentRequest('a secret of somebody else', claims));
  expect(answer.statusCode).toBe(403);
  expect(answer.body).not.toContain(secret);
  expect(asked).toEqual([]);
});

it('a name that cannot be had is told as a conflict', async () => {
  const { enrol } = await enrolling('this name is taken');
  const answer = await enrol(makeEnrolmentRequest(secret, claims));
  expect([answer.statusCode, answer.json().detail]).toEqual([409, 'this name is taken']);
});

it('the API describes enrolment where it is offered', async () => {
  const { server } = await enrolling('nobody');
  const described = await server.inject('/docs/json');
  expect(described.statusCode).toBe(200);
  expect(described.json().paths['/v1/enrolments'].post.security).toEqual([]);
});
