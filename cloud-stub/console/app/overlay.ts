/** Draws zones, masks and moving regions over the live picture. */
import type { EventView } from './api-client.ts';

export type Point = { readonly x: number; readonly y: number };
export type Box = Point & { readonly width: number; readonly height: number };
export type Shapes = {
  readonly zones: readonly {
    readonly name: string;
    readonly excludes: boolean;
    readonly polygon: readonly Point[];
  }[];
  /** Never looked at by the detector. */
  readonly masks: readonly (readonly Point[])[];
};

/** The shapes in a device's settings; what is not as expected is left out. */
export function shapesOf(settings: Readonly<Record<string, unknown>> | null): Shapes {
  const motion = memberOf(settings, 'motion');
  const zones = listOf(memberOf(motion, 'zones')).map((zone) => ({
    name: String(memberOf(zone, 'name') ?? ''),
    excludes: memberOf(zone, 'kind') === 'exclude',
    polygon: pointsOf(memberOf(zone, 'polygon')),
  }));
  const masks = listOf(memberOf(motion, 'masks')).map(pointsOf);
  return {
    zones: zones.filter(({ polygon }) => polygon.length > 2),
    masks: masks.filter((polygon) => polygon.length > 2),
  };
}

/** The boxes a motion event tells: `regions` as x, y, width, height after each other, 0 to 1. */
export function regionsOf({ data }: EventView): readonly Box[] {
  const flat = listOf(data['regions']).filter((n): n is number => typeof n === 'number');
  return Array.from({ length: Math.floor(flat.length / 4) }, (_, at) => {
    const [x = 0, y = 0, width = 0, height = 0] = flat.slice(at * 4, at * 4 + 4);
    return { x, y, width, height };
  });
}

/** `regionStrength` from 1, just seen, to 0, gone. */
export function drawOverlay(
  canvas: HTMLCanvasElement,
  shapes: Shapes,
  regions: readonly Box[],
  regionStrength: number,
): void {
  const pen = canvas.getContext('2d');
  if (pen === null) return;
  const { width, height } = canvas;
  pen.clearRect(0, 0, width, height);
  const unit = width / 640;
  const outline = (polygon: readonly Point[]): void => {
    pen.beginPath();
    for (const { x, y } of polygon) pen.lineTo(x * width, y * height);
    pen.closePath();
  };
  pen.lineJoin = 'round';
  pen.lineWidth = 1.75 * unit;
  for (const mask of shapes.masks) {
    outline(mask);
    pen.fillStyle = 'rgb(12 14 18 / 55%)';
    pen.fill();
  }
  for (const zone of shapes.zones) {
    outline(zone.polygon);
    pen.setLineDash(zone.excludes ? [5 * unit, 5 * unit] : []);
    pen.fillStyle = zone.excludes ? 'rgb(255 110 100 / 10%)' : 'rgb(94 200 255 / 11%)';
    pen.strokeStyle = zone.excludes ? 'rgb(255 128 118 / 90%)' : 'rgb(125 211 255 / 92%)';
    pen.fill();
    pen.stroke();
    label(
      pen,
      zone.excludes ? `${zone.name} (ignored)` : zone.name,
      zone.polygon,
      unit,
      width,
      height,
    );
  }
  pen.setLineDash([]);
  pen.globalAlpha = regionStrength;
  pen.strokeStyle = '#ffb43a';
  pen.lineWidth = 2.5 * unit;
  for (const { x, y, width: w, height: h } of regionStrength > 0 ? regions : []) {
    pen.beginPath();
    pen.roundRect(x * width, y * height, w * width, h * height, 5 * unit);
    pen.stroke();
  }
  pen.globalAlpha = 1;
}

/** The zone's name in a small plate at its highest point. */
function label(
  pen: CanvasRenderingContext2D,
  text: string,
  polygon: readonly Point[],
  unit: number,
  width: number,
  height: number,
): void {
  const top = polygon.reduce((a, b) => (b.y < a.y ? b : a));
  pen.font = `600 ${11 * unit}px system-ui, sans-serif`;
  const plateWidth = pen.measureText(text).width + 12 * unit;
  const x = Math.min(width - plateWidth - 4 * unit, Math.max(4 * unit, top.x * width));
  const y = Math.min(height - 20 * unit, Math.max(4 * unit, top.y * height + 5 * unit));
  pen.fillStyle = 'rgb(12 16 22 / 72%)';
  pen.beginPath();
  pen.roundRect(x, y, plateWidth, 17 * unit, 4 * unit);
  pen.fill();
  pen.fillStyle = '#f2f6fa';
  pen.textBaseline = 'middle';
  pen.fillText(text, x + 6 * unit, y + 9 * unit);
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function pointsOf(value: unknown): readonly Point[] {
  return listOf(value).flatMap((point) => {
    const [x, y] = [memberOf(point, 'x'), memberOf(point, 'y')];
    return typeof x === 'number' && typeof y === 'number' ? [{ x, y }] : [];
  });
}
