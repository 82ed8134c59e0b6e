/** Components as the kernels read them: what is worked out of them says which cells they cover, by label. */
import type { Component } from './components.ts';
import { visionLimits } from './vision-limits.ts';
import type { VisionMemory } from './vision-memory.ts';

export type Box = Pick<Component, 'label' | 'left' | 'top' | 'right' | 'bottom'>;

const fields = 5;

export function createBoxes(memory: VisionMemory) {
  const boxes = memory.words(visionLimits.componentsMax * fields);
  return {
    boxes,
    /** Writes them into `boxes`; returns how many they are. */
    list(components: readonly Component[]): number {
      let next = 0;
      for (const { label, left, top, right, bottom } of components) {
        boxes[next++] = label;
        boxes[next++] = left;
        boxes[next++] = top;
        boxes[next++] = right;
        boxes[next++] = bottom;
      }
      return components.length;
    },
  };
}

export function boxAt(boxes: Uint16Array, n: number): Box {
  const [label = 0, left = 0, top = 0, right = 0, bottom = 0] = boxes.subarray(n * fields);
  return { label, left, top, right, bottom };
}
