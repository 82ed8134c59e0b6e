/** Names that a scenario gives to what it makes, each once, each known when it is used. */
import { ScenarioMistake } from './step.ts';

export class Names<Item> {
  readonly #kind: string;
  readonly #items = new Map<string, Item>();

  /** `kind` is what a reader calls such a thing: `account`. */
  constructor(kind: string) {
    this.#kind = kind;
  }

  /** Throws ScenarioMistake when the name is taken. */
  add(name: string, item: Item): void {
    if (this.#items.has(name))
      throw new ScenarioMistake(`there is a ${this.#kind} ${name} already`);
    this.#items.set(name, item);
  }

  /** What bears the name is another one now. */
  replace(name: string, item: Item): void {
    this.get(name);
    this.#items.set(name, item);
  }

  /** Throws ScenarioMistake when nothing bears the name. */
  get(name: string): Item {
    const item = this.#items.get(name);
    if (item !== undefined) return item;
    const known = [...this.#items.keys()].join(', ') || 'none';
    throw new ScenarioMistake(`there is no ${this.#kind} ${name} (there are: ${known})`);
  }

  /** The first name of what `isIt` recognises. */
  nameOf(isIt: (item: Item) => boolean): string | null {
    for (const [name, item] of this.#items) if (isIt(item)) return name;
    return null;
  }

  entries(): readonly (readonly [string, Item])[] {
    return [...this.#items];
  }
}
