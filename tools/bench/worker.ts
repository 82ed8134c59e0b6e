/** A real process that a bench starts, tells what to do, and hears from. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import type { z } from 'zod';

/** The process ended, or said nothing, before it had said what was waited for. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
  readonly logFile: string;
  constructor(program: string, because: string, logFile: string) {
    super(`${program} ${because}, see ${logFile}`);
    this.logFile = logFile;
  }
}

export class Worker {
  readonly #program: string;
  readonly #logFile: string;
  readonly #child: ChildProcess;
  #unread: unknown[] = [];
  #wake = (): void => {};

  private constructor(program: string, logFile: string, child: ChildProcess) {
    this.#program = program;
    this.#logFile = logFile;
    this.#child = child;
    child.on('message', (message) => {
      this.#unread.push(message);
      this.#wake();
    });
    child.on('exit', () => this.#wake());
  }

  /** What it prints goes to `logFile`. */
  static start(program: string, argv: readonly string[], logFile: string): Worker {
    const log = openSync(logFile, 'a');
    const child = fork(program, argv, {
      stdio: ['ignore', log, log, 'ipc'],
      env: { PATH: process.env['PATH'] ?? '', NODE_NO_WARNINGS: '1' },
    });
    return new Worker(program, logFile, child);
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  send(message: object): void {
    this.#child.send(message);
  }

  /** The first message not taken yet that has this shape. Throws WorkerError. */
  async next<Message>(schema: z.ZodType<Message>, limitMs = 120_000): Promise<Message> {
    const endsAt = performance.now() + limitMs;
    for (;;) {
      for (const [i, message] of this.#unread.entries()) {
        const read = schema.safeParse(message);
        if (!read.success) continue;
        this.#unread.splice(i, 1);
        return read.data;
      }
      const leftMs = endsAt - performance.now();
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new WorkerError(this.#program, 'ended', this.#logFile);
      }
      if (leftMs <= 0) throw new WorkerError(this.#program, 'is silent', this.#logFile);
      await this.#news(leftMs);
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }

  #news(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
