/** How a doorbell that has no identity gets one from its cloud, its key made here and staying here. */
import { randomBytes, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestClient } from '../../cloud-stub/backends/pki/certificate.ts';
import { writeIdentity } from '../../cloud-stub/backends/pki/identity.ts';
import {
  enrolmentAnswerSchema,
  isEnrolmentAnswerProven,
  makeEnrolmentRequest,
} from '../../device/wire/enrolment.ts';
import type { ThingName } from '../../device/wire/ids.ts';
import { CommandFailure } from './failure.ts';

export type EnrolmentOptions = {
  readonly thing: ThingName;
  readonly url: string;
  readonly secretFile: string;
  /** Where the identity goes; one that is there already is kept. */
  readonly folder: string;
  readonly stop: AbortSignal;
};

const retryMs = 2_000;

/** Waits for a cloud and a secret that are not there yet. Throws CommandFailure when it refuses. */
export async function enrol(options: EnrolmentOptions): Promise<void> {
  const { thing, url, folder, stop } = options;
  if (existsSync(path.join(folder, 'certificate.pem'))) return;
  const secret = await readSecret(options.secretFile, stop);
  const { keyPem, csrPem } = await requestClient(thing);
  const nonce = randomBytes(24).toString('base64url');
  const request = makeEnrolmentRequest(secret, { thing, csr: csrPem, nonce });
  const response = await post(`${url.replace(/\/+$/, '')}/v1/enrolments`, request, stop);
  const text = await response.text();
  if (!response.ok) throw new CommandFailure(`the cloud refused to enrol ${thing}: ${text}`, 1);
  const answer = enrolmentAnswerSchema.parse(JSON.parse(text));
  if (!isEnrolmentAnswerProven(secret, request, answer)) {
    throw new CommandFailure(`the answer from ${url} does not prove the enrolment secret`, 1);
  }
  const certificate = new X509Certificate(answer.certificate);
  if (!certificate.verify(new X509Certificate(answer.ca).publicKey)) {
    throw new CommandFailure(`the certificate from ${url} is not its authority's`, 1);
  }
  await writeIdentity(folder, { keyPem, certificatePem: answer.certificate, caPem: answer.ca });
}

async function post(url: string, body: object, stop: AbortSignal): Promise<Response> {
  for (;;) {
    try {
      return await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: stop,
      });
    } catch (error) {
      if (stop.aborted)
        throw new CommandFailure('stopped before it was enrolled', 1, { cause: error });
      console.error(`doorbell: no cloud at ${url} yet, trying again`);
      await sleep(retryMs);
    }
  }
}

/** The cloud makes the file at its first start, which may be a moment later than ours. */
async function readSecret(file: string, stop: AbortSignal): Promise<string> {
  for (;;) {
    try {
      return readFileSync(file, 'utf8').trim();
    } catch (error) {
      if (stop.aborted) {
        throw new CommandFailure(`the enrolment secret ${file} cannot be read`, 2, {
          cause: error,
        });
      }
      console.error(`doorbell: no enrolment secret in ${file} yet, trying again`);
      await sleep(retryMs);
    }
  }
}
