/** How the command line fails: one clear sentence and an exit code that means something. */
import { getSystemErrorMessage } from 'node:util';

/** 1: what was asked was refused or found wrong. 2: it was asked wrongly, or this machine cannot do it. */
export type ExitCode = 1 | 2;

/** Ends the command with its message on stderr and no stack. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: ExitCode;
  constructor(message: string, exitCode: ExitCode = 1, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** What the machine refuses and its user can mend; a file of our own that is missing is a fault and keeps its stack. */
const machineCodes = new Set([
  'EACCES',
  'EDQUOT',
  'EEXIST',
  'EIO',
  'EISDIR',
  'EMFILE',
  'ENAMETOOLONG',
  'ENFILE',
  'ENOSPC',
  'ENOTDIR',
  'EPERM',
  'EROFS',
]);

/** Such a refusal as a sentence, or null. */
export function machineRefusal(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code, errno, path } = error as NodeJS.ErrnoException;
  if (code === undefined || errno === undefined || !machineCodes.has(code)) return null;
  return path === undefined ? error.message : `${path}: ${getSystemErrorMessage(errno)}`;
}

/** Why a file could not be opened or written, without the call that found out. */
export function reasonOf(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  return errno === undefined ? message : getSystemErrorMessage(errno);
}
