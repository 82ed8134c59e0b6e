/** The folder cannot serve as an authority, or was asked for what an authority must not do. */
export class PkiError extends Error {
  override readonly name = 'PkiError';
  readonly folder: string;
  constructor(folder: string, message: string, options?: ErrorOptions) {
    super(`${message} (authority in ${folder})`, options);
    this.folder = folder;
  }
}
