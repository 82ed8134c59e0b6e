/** What stands under a clip: when and why it was recorded, how it ended, and what can be done with it. */
import { type ClipView, downloadUrl } from './api-client.ts';
import { type Child, el, fill } from './dom.ts';
import { icon } from './icons.ts';
import { makeSignatureFact } from './signature-fact.ts';
import {
  clipIcon,
  clipTitle,
  dateText,
  dayText,
  happenedAt,
  lengthText,
  secondText,
  sizeText,
  thingText,
} from './words.ts';

export type ClipActions = { onDelete(): void; onLive(): void };
export type ClipPanel = { readonly element: HTMLElement; show(clip: ClipView): void };

export function makeClipPanel({ onDelete, onLive }: ClipActions): ClipPanel {
  const element = el('section', { class: 'panel', 'aria-label': 'About this clip' });
  const signature = makeSignatureFact();
  return {
    element,
    show(clip) {
      const remove = el(
        'button',
        { type: 'button', class: 'button ghost-danger' },
        icon('trash', 18),
        'Delete',
      );
      remove.addEventListener('click', onDelete);
      const live = el('button', { type: 'button', class: 'button' }, icon('live', 18), 'Live');
      live.addEventListener('click', onLive);
      const download = el(
        'a',
        { class: 'button', href: downloadUrl(clip), download: true },
        icon('download', 18),
        clip.e2ee === null ? 'Download' : 'Download sealed',
      );
      fill(
        element,
        el(
          'div',
          { class: 'panel-head' },
          el('span', { class: `glyph large glyph-${clip.trigger}` }, icon(clipIcon(clip), 22)),
          el(
            'div',
            { class: 'panel-title' },
            el('h1', {}, clipTitle(clip)),
            el(
              'p',
              { class: 'muted' },
              `${thingText(clip.thing)} · ${dayText(clip.recordedAt)}, `,
              el('time', { datetime: happenedAt(clip) }, secondText(happenedAt(clip))),
            ),
          ),
          el(
            'div',
            { class: 'panel-actions' },
            live,
            clip.state === 'stored' ? download : null,
            remove,
          ),
        ),
        ending(clip),
        el('dl', { class: 'facts' }, ...factsOf(clip, signature)),
      );
    },
  };
}

/** Why a clip is not whole, in words an owner can use. */
function ending(clip: ClipView): Child {
  if (clip.state === 'arriving') {
    return el(
      'p',
      { class: 'note note-live' },
      el('span', { class: 'dot' }),
      'Still recording. You see it a moment after it happens.',
    );
  }
  if (!clip.truncated && !clip.unfinished) return null;
  const how = clip.unfinished
    ? 'The doorbell fell silent while it recorded. If it returns, the rest may still arrive.'
    : 'This recording was cut short.';
  const because = clip.reason === null ? '' : ` Reason: ${clip.reason}.`;
  return el(
    'p',
    { class: 'note note-warning' },
    icon('warning', 18),
    el('span', {}, how + because),
  );
}

const keysOf = ({ recipients }: NonNullable<ClipView['e2ee']>): string =>
  recipients.map(({ recipient }) => recipient).join(', ');

function factsOf(clip: ClipView, signature: (clip: ClipView) => HTMLElement): Child[] {
  const fact = (name: string, ...value: readonly Child[]): Child =>
    el('div', {}, el('dt', {}, name), el('dd', {}, ...value));
  const { preRoll } = clip;
  return [
    clip.durationMs === null ? null : fact('Length', lengthText(clip.durationMs)),
    clip.e2ee === null ? null : fact('Encrypted for key', el('code', {}, keysOf(clip.e2ee))),
    fact('Before it happened', `${(preRoll.deliveredMs / 1000).toFixed(1)} s`),
    fact(clip.state === 'arriving' ? 'Arrived so far' : 'Size', sizeText(clip.sizeBytes)),
    clip.expiresAt === null ? null : fact('Kept until', dateText(clip.expiresAt)),
    clip.root === null
      ? null
      : fact('Fingerprint', el('code', { title: `SHA-256 ${clip.root}` }, clip.root.slice(0, 12))),
    clip.state === 'arriving' ? null : fact('Signature', signature(clip)),
  ];
}
