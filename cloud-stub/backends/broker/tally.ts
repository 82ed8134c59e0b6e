/** How often each row of the profile was enforced, by its name. */
export class Tally {
  readonly #counts = new Map<string, number>();

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /**
   * Counts one. True for the 1st, 2nd, 4th, 8th ...: what is logged ever more rarely does not turn
   * a flood of connections into a flood of lines.
   */
  add(row: string): boolean {
    const count = (this.#counts.get(row) ?? 0) + 1;
    this.#counts.set(row, count);
    return Math.log2(count) % 1 === 0;
  }
}
