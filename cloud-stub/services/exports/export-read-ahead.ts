/** The next item is fetched while the last one is worked on. */
export async function* readAhead<Item>(items: AsyncIterable<Item>): AsyncIterable<Item> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    let next = iterator.next();
    for (;;) {
      const step = await next;
      if (step.done === true) return;
      next = iterator.next();
      next.catch(() => {}); // heard of when it is waited for
      yield step.value;
    }
  } finally {
    await iterator.return?.();
  }
}
