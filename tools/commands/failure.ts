/** How the command line fails: one clear sentence and an exit code that means something. */

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
