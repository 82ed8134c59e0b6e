/** Draws zones, masks and moving regions over the live picture. */
import type { Region } from './frame-notes.ts';

export type Point = { readonly x: number; readonly y: number };
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

export function drawOverlay(
  canvas: HTMLCanvasElement,
  shapes: Shapes,
  regions: readonly Region[],
): void {
  const pen = canvas.getContext('2d');
  if (pen === null) return;
  const { width, height } = canvas;
  pen.clearRect(0, 0, width, height);
  // Lines and letters keep their size on the screen, however large the picture is shown.
  const shownWidth = Math.max(160, canvas.clientWidth);
  const unit = (width / shownWidth) * (shownWidth < 600 ? 0.95 : 1.25);
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
  for (const { x, y, width: w, height: h, score } of regions) {
    // What is only watched is drawn faintly: it is no motion yet, or never will be.
    const isMotion = score >= 1;
    pen.strokeStyle = isMotion ? '#ffb43a' : 'rgb(255 255 255 / 55%)';
    pen.lineWidth = (isMotion ? 2.5 : 1.25) * unit;
    pen.beginPath();
    pen.roundRect(x * width, y * height, w * width, h * height, 5 * unit);
    pen.stroke();
  }
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
