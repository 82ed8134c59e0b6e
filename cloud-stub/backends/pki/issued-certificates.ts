/** The certificates an authority has issued: a file each, by serial, which never changes. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CertificateFacts, certificateFacts } from './certificate.ts';
import { readIfThere, replacePrivateFile } from './private-folder.ts';

export class IssuedCertificates {
  readonly #folder: string;
  readonly #known = new Map<string, CertificateFacts>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Before it is handed out: what is not on record cannot be revoked by name. Returns it. */
  async record(certificatePem: string): Promise<string> {
    const { serial } = certificateFacts(certificatePem);
    await replacePrivateFile(this.#fileOf(serial), certificatePem);
    return certificatePem;
  }

  /** Those of other processes included. */
  async list(): Promise<readonly CertificateFacts[]> {
    for (const name of await readdir(this.#folder)) {
      const serial = /^([0-9a-f]{32})\.pem$/.exec(name)?.[1];
      if (serial === undefined || this.#known.has(serial)) continue;
      const text = await this.read(serial);
      if (text !== null) this.#known.set(serial, certificateFacts(text));
    }
    return [...this.#known.values()];
  }

  /** PEM, or null when there is none of this serial. */
  read(serial: string): Promise<string | null> {
    return readIfThere(this.#fileOf(serial));
  }

  #fileOf(serial: string): string {
    return join(this.#folder, `${serial}.pem`);
  }
}
