/** A backup or a restore cannot be done as asked; the message says what stands against it and what helps. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}
