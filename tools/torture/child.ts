/** A real process that is started, killed without warning and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';

export class Child {
  readonly name: string;
  readonly #argv: readonly string[];
  readonly #log: number;
  #process: ChildProcess | null = null;
  kills = 0;

  /** Its output goes to `logFile`, which each start continues. */
  constructor(name: string, argv: readonly string[], logFile: string) {
    this.name = name;
    this.#argv = argv;
    this.#log = openSync(logFile, 'a');
  }

  get isRunning(): boolean {
    return this.#process !== null;
  }

  start(): void {
    const child = spawn(process.execPath, this.#argv, {
      stdio: ['ignore', this.#log, this.#log],
      env: { PATH: process.env['PATH'] ?? '', NODE_NO_WARNINGS: '1' },
    });
    this.#process = child;
    child.once('exit', () => {
      if (this.#process === child) this.#process = null;
    });
  }

  /** SIGKILL: no handler runs, no buffer is flushed. */
  async kill(): Promise<void> {
    this.kills++;
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child === null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    this.#process = null;
  }
}
