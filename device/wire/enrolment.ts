/**
 * How a doorbell without an identity gets one from its cloud: it sends a certificate request (PKCS #10, so that its key
 * stays with it), and both sides prove that they know the enrolment secret, which itself never travels.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { encode } from './codec.ts';
import { thingNameSchema } from './ids.ts';

const pem = z.string().min(64).max(8192).startsWith('-----BEGIN ');
const nonce = z
  .string()
  .regex(/^[A-Za-z0-9_-]{22,86}$/, 'expected 16 to 64 random bytes, base64url');
const proof = z.string().regex(/^[0-9a-f]{64}$/, 'expected an HMAC-SHA256, lower-case hex');

export const enrolmentRequestSchema = z.strictObject({
  v: z.literal(1),
  thing: thingNameSchema,
  csr: pem,
  nonce,
  proof,
});
export type EnrolmentRequest = z.infer<typeof enrolmentRequestSchema>;

export const enrolmentAnswerSchema = z.strictObject({
  v: z.literal(1),
  certificate: pem,
  ca: pem,
  proof,
});
export type EnrolmentAnswer = z.infer<typeof enrolmentAnswerSchema>;

/** Too short a secret could be guessed from one exchange. */
export const enrolmentSecretCharactersMin = 16;

export function makeEnrolmentRequest(
  secret: string,
  request: Omit<EnrolmentRequest, 'v' | 'proof'>,
): EnrolmentRequest {
  const claims = { v: 1 as const, ...request };
  return { ...claims, proof: proofOf(secret, 'request', claims) };
}

export function isEnrolmentRequestProven(secret: string, request: EnrolmentRequest): boolean {
  const { proof: given, ...claims } = request;
  return same(given, proofOf(secret, 'request', claims));
}

/** The answer's proof covers the request's nonce, so that an old answer cannot be played again. */
export function makeEnrolmentAnswer(
  secret: string,
  request: EnrolmentRequest,
  issued: Pick<EnrolmentAnswer, 'certificate' | 'ca'>,
): EnrolmentAnswer {
  const answer = { v: 1 as const, certificate: issued.certificate, ca: issued.ca };
  return { ...answer, proof: proofOf(secret, 'answer', { ...answer, nonce: request.nonce }) };
}

export function isEnrolmentAnswerProven(
  secret: string,
  request: EnrolmentRequest,
  answer: EnrolmentAnswer,
): boolean {
  const { proof: given, ...claims } = answer;
  return same(given, proofOf(secret, 'answer', { ...claims, nonce: request.nonce }));
}

/** `side` keeps a request's proof from ever serving as an answer's. */
const proofOf = (secret: string, side: 'request' | 'answer', claims: object): string =>
  createHmac('sha256', secret).update(encode({ side, claims })).digest('hex');

const same = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(a), Buffer.from(b));
